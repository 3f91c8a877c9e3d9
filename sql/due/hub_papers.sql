-- Grain: one row per paper to ask Hugging Face for at $now, most valuable first: those without an answer before
-- refreshes, newest listings first. A paper listed in the last 60 days is asked for weekly, since upvotes, code and
-- models come early, and an older one every four weeks. Last are ids that have failed since, in turns: they must not
-- hold up the others in every run. Hugging Face has no papers with old ids.
with tried as (
    -- What was answered after $now does not count: a clock was wrong then.
    select
        subject_id as arxiv_id,
        max(attempted_at) filter (outcome in ('found', 'not_indexed')) as answered_at,
        max(attempted_at) filter (outcome = 'failed') as failed_at
    from staging.hub_paper_attempt
    where attempted_at <= $now
    group by subject_id
)

select
    listed.arxiv_id,
    tried.answered_at is null as is_new
from listed_paper as listed
left join tried using (arxiv_id)
where
    not contains(listed.arxiv_id, '/')
    and (
        tried.answered_at is null
        or $now::date >= tried.answered_at::date + case
            when tried.answered_at::date + 7 - listed.last_listed_date < 60 then 7
            else 28
        end
    )
order by
    case
        when tried.failed_at > coalesce(tried.answered_at, timestamp '1970-01-01') then tried.failed_at
    end nulls first,
    is_new desc,
    listed.last_listed_date desc,
    listed.arxiv_id;
