-- Grain: one row per arXiv paper or linked GitHub repository that waits for its first definite answer, with what came of asking so far: 'not asked', or the last attempt's outcome (enrichment_attempt lists them).
create view mart_enrichment_backlog as
with waiting as (
    select 'arxiv' as service, arxiv_id as subject_id, first_listed_date
    from dim_paper
    where status = 'pending'
    union all
    select 'github', lower(full_name), first_listed_date
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
    waiting.service,
    waiting.subject_id,
    waiting.first_listed_date,
    coalesce(attempt.last_outcome, 'not asked') as reason,
    attempt.last_http_status,
    attempt.last_attempted_at,
    coalesce(attempt.attempt_count, 0) as attempt_count
from waiting
left join attempt using (service, subject_id);
