-- Question: What changed since yesterday? New, corrected, enriched, gone
-- Order: 29
-- Trap: changes have the time when we learnt of them, not the day of the listing and not that of arXiv. A refresh that
-- found nothing new is no change. Papers are asked for again after days and months, so a revision may be older than its
-- row here. Rows that a correction removed from a page are no longer in this file: only the corrected page is shown.
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

told as (
    select
        *,
        lag(valid_from) over paper_in_time as before_from,
        lag(version) over paper_in_time as before_version,
        lag(is_withdrawn) over paper_in_time as before_is_withdrawn
    from dim_paper_version
    window paper_in_time as (partition by paper_key order by valid_from)
),

paper as (
    select
        case
            when told.before_from is null then 'paper enriched'
            when told.is_withdrawn and not coalesce(told.before_is_withdrawn, false) then 'paper withdrawn'
            when coalesce(told.version, 0) <> coalesce(told.before_version, 0) then 'paper revised'
            else 'paper changed' -- its title, abstract, categories or comment, without a new version
        end as change,
        dim_paper.arxiv_id as subject,
        told.valid_from as changed_at,
        coalesce(told.title, dim_paper.title) as detail
    from told
    join dim_paper using (paper_key)
    union all
    select
        'paper not found',
        dim_paper.arxiv_id,
        min(attempt.attempted_at),
        dim_paper.title
    from dim_paper
    join enrichment_attempt as attempt on attempt.service = 'arxiv' and attempt.subject_id = dim_paper.arxiv_id
    where dim_paper.status = 'not_found' and attempt.outcome in ('not_found', 'rejected')
    group by dim_paper.arxiv_id, dim_paper.title
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
