-- Rule: The stars of a day are told only when that day was over in Los Angeles.
-- Table: fct_repository_star_day
-- Severity: error
select
    repository_key,
    star_date,
    observed_at
from fct_repository_star_day
where star_date >= timezone('America/Los_Angeles', observed_at at time zone 'UTC')::date;
