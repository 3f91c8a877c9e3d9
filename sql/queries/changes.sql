-- Question: What changed since yesterday? New, corrected, enriched, gone
-- Order: 29
-- Trap: when we learnt it, not the day of the listing; a refresh that found nothing new is no change. Revised and
-- withdrawn papers stand at arXiv's own time. What a correction took off a page is no longer in this file: only the
-- page shows, as corrected.
-- $since = yesterday -- a UTC time as YYYY-MM-DD or YYYY-MM-DD HH:MM, or yesterday: 24 hours before the newest answer
with heard as (
    select max(heard_at) as last_at
    from (
        select max(fetched_at) as heard_at from fct_source_day
        union all
        select max(attempted_at) from enrichment_attempt
    )
),

asked as (
    select case when $since = 'yesterday' then last_at - interval 1 day else $since::timestamp end as since
    from heard
),

page as (
    select
        case when fetched_at > first_fetched_at then 'page corrected' else 'page new' end as change,
        source_id || ' ' || listing_date as subject,
        fetched_at as changed_at,
        listing_count || ' listings' as detail
    from fct_source_day
    join dim_source using (source_key)
    where outcome in ('published', 'empty')
),

first_answer as (
    select
        service,
        subject_id,
        min(attempted_at) as answered_at
    from enrichment_attempt
    where outcome = 'found'
    group by service, subject_id
),

paper as (
    select
        'paper enriched' as change,
        arxiv_id as subject,
        answered_at as changed_at,
        title as detail
    from first_answer
    join dim_paper on service = 'arxiv' and arxiv_id = subject_id
    union all
    select
        case when is_withdrawn then 'paper withdrawn' else 'paper revised' end,
        arxiv_id,
        updated_at,
        title
    from dim_paper
    where version > 1
),

description as (
    select
        case
            when lag(full_name) over repository_in_time is null then 'repository enriched'
            else 'repository changed'
        end as change,
        full_name as subject,
        valid_from as changed_at,
        coalesce(description, '') as detail
    from dim_repository_version
    window repository_in_time as (partition by repository_key order by valid_from)
),

last_found as (
    select
        service,
        subject_id,
        max(attempted_at) as found_at
    from enrichment_attempt
    where outcome in ('found', 'not_modified')
    group by service, subject_id
),

gone as (
    select
        'repository gone' as change,
        dim_repository.full_name as subject,
        min(attempt.attempted_at) as changed_at,
        dim_repository.status as detail
    from dim_repository
    join dim_repository_name as alias using (repository_key)
    join enrichment_attempt as attempt on attempt.service = 'github' and attempt.subject_id = alias.repository_name
    left join last_found using (service, subject_id)
    where
        dim_repository.status in ('not_found', 'blocked')
        and attempt.outcome in ('not_found', 'blocked')
        and attempt.attempted_at > coalesce(last_found.found_at, timestamp '1970-01-01')
    group by dim_repository.full_name, dim_repository.status
)

select
    change,
    subject,
    changed_at,
    detail
from (
    from page
    union all
    from paper
    union all
    from description
    union all
    from gone
)
where changed_at >= (select since from asked)
order by change, subject;
