-- Rule: The stars of a day are told only when that day was over in Los Angeles, and first no later than last.
-- Table: fct_repository_star_day
-- Severity: error
select
    repository_key,
    star_date,
    first_observed_at,
    observed_at
from fct_repository_star_day
where
    star_date >= timezone('America/Los_Angeles', first_observed_at at time zone 'UTC')::date
    or first_observed_at > observed_at;
