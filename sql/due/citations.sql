-- Grain: one row per arXiv id whose citations to ask for at $now, most valuable first: ids without an answer before
-- others, newest listings first. A paper is asked for again a week after the last answer, counted in days, so that a
-- weekly question does not move by a day each time. Last are ids that have failed since beside others that came back.
with tried as (
    -- What was answered after $now does not count: a clock was wrong then.
    select
        subject_id as arxiv_id,
        max(attempted_at) filter (outcome in ('found', 'not_found', 'unusable')) as answered_at,
        max(attempted_at) filter (outcome = 'failed' and http_status = 200) as failed_at
    from staging.semantic_scholar_attempt
    where attempted_at <= $now
    group by subject_id
)

select
    listed.arxiv_id,
    tried.answered_at is null as is_new
from listed_paper as listed
left join tried using (arxiv_id)
where tried.answered_at is null or $now::date - tried.answered_at::date >= 7
order by
    coalesce(tried.failed_at > coalesce(tried.answered_at, timestamp '1970-01-01'), false),
    is_new desc,
    listed.last_listed_date desc,
    listed.arxiv_id;
