-- Grain: one row per arXiv id to ask DataCite for at $now: first those without an answer of arXiv, newest listings
-- first, then those to look at again for their licence, times of versions and withdrawals. A record is asked for again
-- after a week. What is missing is not there yet: records come hours after arXiv's announcement. So it is asked for
-- again after six hours while arXiv has not answered either, after a day if its listing is younger than 14 days, and
-- after a week otherwise. An id that arXiv does not know is not asked for. is_known: DataCite should have it, since it
-- had it before, or arXiv had it more than two days ago.
with found as (
    -- What was answered after $now does not count: a clock was wrong then.
    select
        arxiv_id,
        min(observed_at) filter (where service = 'arxiv') as entry_at,
        max(observed_at) filter (where service = 'datacite') as record_at
    from staging.paper
    where observed_at <= $now
    group by arxiv_id
),

refused as (
    select distinct subject_id as arxiv_id
    from staging.arxiv_attempt
    where outcome in ('not_found', 'rejected') and attempted_at <= $now
),

tried as (
    select
        subject_id as arxiv_id,
        max(attempted_at) as tried_at
    from staging.attempt
    where service = 'datacite' and outcome in ('found', 'missing', 'unreadable') and attempted_at <= $now
    group by subject_id
),

aged as (
    select
        listed.arxiv_id,
        listed.last_listed_date,
        found.entry_at,
        found.record_at,
        $now::date - listed.last_listed_date as listing_age_days,
        $now - tried.tried_at as age
    from listed_paper as listed
    left join found using (arxiv_id)
    left join tried using (arxiv_id)
    where found.arxiv_id is not null or listed.arxiv_id not in (select arxiv_id from refused)
)

select
    arxiv_id,
    age is null as is_new,
    record_at is not null or coalesce(entry_at < $now - interval 2 day, false) as is_known
from aged
where
    age is null
    or age > case
        when record_at is not null then interval 7 day
        when entry_at is null then interval 6 hour
        when listing_age_days < 14 then interval 1 day
        else interval 7 day
    end
order by coalesce(entry_at, record_at) is not null, is_new desc, last_listed_date desc, arxiv_id;
