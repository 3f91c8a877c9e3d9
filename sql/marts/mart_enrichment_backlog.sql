-- Grain: one row per arXiv paper, linked GitHub repository, or linked model, dataset or space of Hugging Face that
-- waits for its first final answer. The reason is 'not asked', or the outcome of the last attempt (enrichment_attempt
-- has them all).
-- Key: service, subject_id
create view mart_enrichment_backlog as
with waiting as (
    select
        'arxiv' as service,
        arxiv_id as subject_id,
        first_listed_date
    from dim_paper
    where status = 'pending'
    union all
    select
        'github',
        lower(full_name),
        first_listed_date
    from dim_repository
    where status = 'pending'
    union all
    select
        'hub',
        lower(kind || '/' || resource_id),
        first_listed_date
    from dim_hub_resource
    where status = 'pending'
),

attempt as (
    select
        service,
        subject_id,
        max(attempted_at) as last_attempted_at,
        -- one attempt as a whole: alone, the status would be of the last attempt that had any
        arg_max({ outcome: outcome, http_status: http_status }, (attempted_at, outcome)) as last_attempt,
        count(*) as attempt_count
    from enrichment_attempt
    group by service, subject_id
)

select
    waiting.service, -- arxiv, github or hub
    waiting.subject_id, -- arXiv id, or in lower case owner/name, or kind/owner/name
    waiting.first_listed_date, -- first day with a listing of it
    coalesce(attempt.last_attempt.outcome, 'not asked') as reason, -- not asked, or the outcome of the last attempt:
    -- failed, missing, rate_limited …
    attempt.last_attempt.http_status as last_http_status, -- HTTP status of the last attempt; null if no
    -- response came or none was made
    attempt.last_attempted_at, -- when the last attempt ended, UTC; null if none was made
    coalesce(attempt.attempt_count, 0) as attempt_count -- attempts made so far
from waiting
left join attempt using (service, subject_id);
