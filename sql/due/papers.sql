-- Grain: one row per arXiv id to ask for at $now, most valuable first: ids without an answer before refreshes, newest
-- listings first. A paper is asked for again 3 days after the last answer if its listing is younger than 14 days by
-- then, after 30 days if younger than 90, and after 180 days otherwise: versions and withdrawals are rare. An id that
-- arXiv does not know is asked for again after a week if young, then monthly. What is due stays so until it is
-- answered; mart_next_look says the same of the published file. Last are ids that have failed by themselves since,
-- alone or beside others that came back: they must not hold up a batch in every run. A record of DataCite is no answer
-- here: arXiv is asked as soon as it is back.
with tried as (
    select
        subject_id as arxiv_id,
        attempted_at,
        outcome,
        count(*) over exchange as asked_count,
        count(*) filter (outcome = 'failed') over exchange as failed_count
    from staging.arxiv_attempt
    where http_status in (200, 500) and attempted_at <= $now
    window exchange as (partition by exchange_id)
),

odd as (
    select
        arxiv_id,
        max(attempted_at) as failed_at
    from tried
    where outcome = 'failed' and (asked_count = 1 or failed_count < asked_count)
    group by arxiv_id
),

-- What was answered after $now does not count: a clock was wrong then.
found as (
    select
        arxiv_id,
        'found' as status,
        max(observed_at) as observed_at
    from staging.paper
    where service = 'arxiv' and observed_at <= $now
    group by arxiv_id
),

not_found as (
    select
        subject_id as arxiv_id,
        'not_found' as status,
        max(attempted_at) as observed_at
    from staging.arxiv_attempt
    where outcome in ('not_found', 'rejected') and attempted_at <= $now
    group by subject_id
),

answer as (
    from found
    union all
    from not_found anti join found using (arxiv_id)
),

aged as (
    select
        listed.*,
        answer.status,
        answer.observed_at,
        coalesce(odd.failed_at > coalesce(answer.observed_at, timestamp '1970-01-01'), false) as is_odd
    from listed_paper as listed
    left join answer using (arxiv_id)
    left join odd on listed.arxiv_id = odd.arxiv_id
)

select
    arxiv_id,
    status is null as is_new
from aged
where
    status is null
    or $now > observed_at + case
        when status = 'not_found' and (observed_at + interval 7 day)::date - last_listed_date < 30 then interval 7 day
        when status = 'not_found' then interval 30 day
        when (observed_at + interval 3 day)::date - last_listed_date < 14 then interval 3 day
        when (observed_at + interval 30 day)::date - last_listed_date < 90 then interval 30 day
        else interval 180 day
    end
order by is_odd, is_new desc, last_listed_date desc, arxiv_id;
