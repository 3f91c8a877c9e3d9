-- Grain: one row per arXiv id whose citations to ask for at $now, most valuable first: ids without an answer before
-- others, newest listings first. A paper is asked for again a week after the last answer, counted in days, so that a
-- weekly question does not move by a day each time. Last are ids that have failed since beside others that came back.
with listed as (
    select
        paper_key,
        any_value(arxiv_id) as arxiv_id,
        max(listing_date) as last_listed_date
    from staging.listing
    semi join final_document using (document_id, listing_date, sha256)
    group by paper_key
),

-- What was answered after $now does not count: a clock was wrong then.
tried as (
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
from listed
left join tried using (arxiv_id)
where tried.answered_at is null or $now::date - tried.answered_at::date >= 7
order by
    coalesce(tried.failed_at > coalesce(tried.answered_at, timestamp '1970-01-01'), false),
    is_new desc,
    listed.last_listed_date desc,
    listed.arxiv_id;
