-- Grain: one row per arXiv paper or linked GitHub repository that waits for its first definite answer, with what came
-- of asking so far: 'not asked', or the last attempt's outcome (enrichment_attempt lists them).
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
),

attempt as (
    select
        service,
        subject_id,
        arg_max(outcome, attempted_at) as last_outcome,
        arg_max(http_status, attempted_at) as last_http_status,
        max(attempted_at) as last_attempted_at,
        count(*) as attempt_count
    from enrichment_attempt
    group by service, subject_id
)

select
    waiting.service, -- arxiv or github: who is to answer
    waiting.subject_id, -- arXiv id, or owner/name in lower case
    waiting.first_listed_date, -- first day on which a listing has it
    coalesce(attempt.last_outcome, 'not asked') as reason, -- not asked, or the outcome of the last attempt: failed,
    -- missing, rate_limited …
    attempt.last_http_status, -- HTTP status of the last attempt; null where no answer came or none was made
    attempt.last_attempted_at, -- when the last attempt ended, UTC; null where none was made
    coalesce(attempt.attempt_count, 0) as attempt_count -- attempts made so far
from waiting
left join attempt using (service, subject_id);
