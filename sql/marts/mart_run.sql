-- Grain: one row per UTC day and service that answered on it. A request is counted by the moment of its answer: one may
-- ask for many subjects. For the archive, only what still counts is seen: days whose outcome or page was first met
-- then. Quotas and requests in vain for pages are not in this file: `papers status` and the UI's history have them.
-- Key: date, service
create view mart_run as
with answer as (
    select
        service,
        subject_id,
        attempted_at as answered_at,
        case
            when outcome in ('found', 'not_found', 'blocked', 'rejected', 'not_modified') then 'settled'
            else 'unsettled'
        end as result,
        0 as listing_count,
        0 as rejected_count
    from enrichment_attempt
    union all
    select
        'archive',
        source_id || '/' || listing_date,
        fetched_at,
        case when outcome = 'failed' then 'unsettled' else 'settled' end,
        listing_count,
        rejected_count
    from fct_source_day
    join dim_source using (source_key)
)

select
    answered_at::date as date, -- UTC day of the answers
    service, -- archive, arxiv or github
    count(distinct answered_at) as request_count, -- distinct moments of an answer: one request may ask for many
    -- subjects
    count(distinct subject_id) as subject_count, -- distinct subjects answered for: days of a source, papers or
    -- repositories
    count(distinct subject_id) filter (where result = 'settled') as settled_count, -- subjects with a definite answer
    count(*) filter (where result = 'unsettled') as unsettled_count, -- answers that settled nothing: failures and
    -- limits
    sum(listing_count)::bigint as listing_count, -- listings on the pages first met on the day; 0 for other services
    sum(rejected_count)::bigint as rejected_count, -- rows that could not be read on those pages; 0 for other services
    min(answered_at) as first_answer_at, -- first answer of the day, UTC
    max(answered_at) as last_answer_at -- last answer of the day, UTC
from answer
group by all;
