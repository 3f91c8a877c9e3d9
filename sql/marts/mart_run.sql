-- Grain: one row per run and service that answered in it. A run is what was answered without a pause of an hour, also
-- over midnight: the file knows answers, not runs. Requests are counted by the time of their answer: one request may
-- ask for many subjects. For the archive only current pages and outcomes count, in the run in which they first came.
-- Quotas and failed requests for pages are not in this file: `papers status` and the UI's history have them.
-- Key: started_at, service
create view mart_run as
with answer as (
    select
        service,
        subject_id,
        attempted_at as answered_at,
        outcome in (
            'found', 'empty', 'not_found', 'not_public', 'blocked', 'rejected', 'not_modified', 'unusable',
            'not_indexed'
        ) as is_settled,
        0 as listing_count,
        0 as rejected_count
    from enrichment_attempt
    union all
    select
        'archive',
        source_id || '/' || listing_date,
        fetched_at,
        outcome <> 'failed',
        listing_count,
        rejected_count
    from fct_source_day
    join dim_source using (source_key)
),

moment as (
    select
        answered_at,
        coalesce(answered_at - lag(answered_at) over (order by answered_at) > interval 1 hour, true) as is_start
    from (select distinct answered_at from answer)
),

placed as (
    select
        answered_at,
        max(case when is_start then answered_at end) over (order by answered_at) as started_at
    from moment
),

subject as (
    select
        placed.started_at,
        answer.service,
        answer.subject_id,
        bool_or(answer.is_settled) as is_settled,
        sum(answer.listing_count) as listing_count,
        sum(answer.rejected_count) as rejected_count
    from answer
    join placed using (answered_at)
    group by all
),

request as (
    select
        placed.started_at,
        answer.service,
        count(distinct answer.answered_at) as request_count,
        min(answer.answered_at) as first_answer_at,
        max(answer.answered_at) as last_answer_at
    from answer
    join placed using (answered_at)
    group by all
)

select
    started_at::date as date, -- UTC day on which the run began
    started_at, -- first answer of the run, of any service, UTC
    service, -- archive, arxiv, datacite, github, hub, hub_paper or semantic_scholar
    any_value(request.request_count) as request_count, -- distinct times of an answer: one request may ask for many
    -- subjects
    count(*) as subject_count, -- distinct subjects answered for: days of a source, papers or repositories
    count(*) filter (where subject.is_settled) as settled_count, -- subjects with a final answer
    count(*) filter (where not subject.is_settled) as unsettled_count, -- subjects without one: failures and limits.
    -- With settled_count they sum to subject_count
    sum(subject.listing_count)::bigint as listing_count, -- listings on the pages that first came in the run; 0
    -- for other services
    sum(subject.rejected_count)::bigint as rejected_count, -- rows that could not be read on those pages; 0 for
    -- other services
    any_value(request.first_answer_at) as first_answer_at, -- first answer of the service in the run, UTC
    any_value(request.last_answer_at) as last_answer_at -- last answer of the service in the run, UTC
from subject
join request using (started_at, service)
group by started_at, service;
