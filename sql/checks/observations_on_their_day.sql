-- Rule: A repository's numbers stand on the UTC day on which they were observed, never on another.
-- Table: fct_repository_day
-- Severity: error
select
    repository_key,
    date_key,
    observed_at
from fct_repository_day
where date_key <> date_key(observed_at::date);
