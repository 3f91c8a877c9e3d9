-- Question: Papers with a later arXiv version than at listing; time to version 2
-- Order: 18
-- Trap: arXiv tells the current version and its day only. One submitted after the day of the first listing is later
-- than the one listed; how many came between is not known, and the days to version 2 only where that is the current
-- one.
select
    arxiv_id,
    title,
    first_listed_date,
    version,
    updated_at,
    updated_at::date - first_listed_date as days_after_listing,
    case when version = 2 then updated_at::date - submitted_at::date end as days_to_version_2,
    observed_at
from dim_paper
where version > 1 and updated_at::date > first_listed_date
order by days_after_listing desc, arxiv_id;
