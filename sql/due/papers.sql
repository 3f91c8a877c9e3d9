-- Grain: one row per paper due. A paper is asked again 3 days after the last answer while its listing is younger than a
-- fortnight, after 30 days within the first quarter, then twice a year: versions and withdrawals are rare. An id that
-- arXiv does not know is asked for again after a week while young, then monthly.
-- Note: Which arXiv ids to ask for at $now, most valuable first: never answered before refreshes, newest listings
-- first.
with listed as (
    select
        paper_key,
        any_value(arxiv_id) as arxiv_id,
        max(listing_date) as last_listed_date
    from staging.listing
    semi join final_document using (source_id, listing_date, sha256)
    group by paper_key
),

aged as (
    select
        listed.*,
        answer.status,
        $now::date - listed.last_listed_date as listing_age_days,
        $now - answer.observed_at as answer_age
    from listed
    left join answered_paper as answer using (paper_key)
)

select
    arxiv_id,
    status is null as is_new
from aged
where
    status is null
    or answer_age > case
        when status = 'not_found' and listing_age_days < 30 then interval 7 day
        when status = 'not_found' then interval 30 day
        when listing_age_days < 14 then interval 3 day
        when listing_age_days < 90 then interval 30 day
        else interval 180 day
    end
order by is_new desc, last_listed_date desc, arxiv_id;
