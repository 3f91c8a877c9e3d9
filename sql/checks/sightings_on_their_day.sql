-- Rule: What a list showed of a paper has the UTC day on which it was seen.
-- Table: fct_listing_day
-- Severity: error
select
    listing_key,
    date_key,
    observed_at
from fct_listing_day
where date_key <> date_key(observed_at::date);
