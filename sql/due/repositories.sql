-- Grain: one row per repository to ask GitHub for at $now, most valuable first: repositories without an answer before
-- refreshes, linked ones before those that the address of a project page only suggests, newest listings first. Its
-- name is the one that GitHub gave last. A repository is observed daily if its newest listing is younger than 30 days,
-- weekly within half a year, then monthly; the 500 with most stars weekly, however old their listings. One that is
-- gone, blocked or refused is asked for monthly. What is due stays so until it is answered; mart_next_look says the
-- same of the published file. Last are names that have failed since, in turns: they must not hold up the others in
-- every run. What was answered after $now does not count: a clock was wrong then.
with linked as (
    select
        case kind when 'repository' then lower(target) else tried_repository(lower(target)) end as repository_name,
        max(listing_date) as last_listed_date,
        bool_or(kind = 'repository') as is_linked
    from staging.listing_link
    semi join final_document using (document_id, listing_date, sha256)
    where kind in ('repository', 'project_page')
    group by 1
    having repository_name is not null
),

-- Every repository that a name has ever meant. Old and new names of one repository are asked for once, by the new name.
meant as (
    select distinct
        linked.repository_name,
        linked.last_listed_date,
        linked.is_linked,
        period.repository_id
    from linked
    left join repository_period as period using (repository_name)
),

seen as (
    select
        repository_id,
        arg_max(lower(full_name), (observed_at, exchange_id)) as repository_name,
        arg_max(stars_count, (observed_at, exchange_id)) as stars_count,
        max(observed_at) filter (observed_at <= $now) as seen_at
    from staging.repository
    where status = 'found'
    group by repository_id
),

wanted as (
    select
        coalesce(seen.repository_name, meant.repository_name) as repository_name,
        max(meant.last_listed_date) as last_listed_date,
        bool_or(meant.is_linked) as is_linked,
        max(seen.seen_at) as seen_at,
        max(seen.stars_count) as stars_count
    from meant
    left join seen using (repository_id)
    group by 1
),

top as (
    select repository_name
    from wanted
    where stars_count is not null
    qualify row_number() over (order by stars_count desc, repository_name) <= 500
),

refused as (
    select
        subject_id as repository_name,
        max(attempted_at) as refused_at
    from staging.github_attempt
    where outcome = 'forbidden' and attempted_at <= $now
    group by all
),

failure as (
    select
        subject_id as repository_name,
        max(attempted_at) as failed_at
    from staging.github_attempt
    where outcome = 'failed' and attempted_at <= $now
    group by all
),

answer as (
    select
        name_asked as repository_name,
        arg_max(status, (observed_at, exchange_id)) as last_answer,
        max(observed_at) as last_answer_at
    from staging.repository
    where observed_at <= $now
    group by name_asked
),

aged as (
    select
        wanted.repository_name,
        wanted.last_listed_date,
        wanted.is_linked,
        -- The newest word counts, under whichever name it came: what was gone may have been found since by another.
        case
            when wanted.seen_at >= coalesce(answer.last_answer_at, wanted.seen_at) then 'found'
            when answer.last_answer is not null then answer.last_answer
            when refused.refused_at is not null then 'forbidden'
        end as last_answer,
        greatest(answer.last_answer_at, wanted.seen_at, refused.refused_at) as asked_at,
        failure.failed_at,
        top.repository_name is not null as is_top
    from wanted
    left join top using (repository_name)
    left join answer using (repository_name)
    left join refused using (repository_name)
    left join failure using (repository_name)
)

select
    repository_name,
    last_answer is null as is_new
from aged
where
    last_answer is null
    or $now::date >= asked_at::date + case
        when last_answer <> 'found' then 30
        when asked_at::date + 1 - last_listed_date < 30 then 1
        when is_top or asked_at::date + 7 - last_listed_date < 180 then 7
        else 30
    end
order by
    case when failed_at > coalesce(asked_at, timestamp '1970-01-01') then failed_at end nulls first,
    is_new desc,
    is_linked desc,
    last_listed_date desc,
    repository_name;
