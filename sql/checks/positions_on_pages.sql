-- Rule: A listing on a page for people has its row there.
-- Table: fct_listing
-- Severity: warning
select
    listing_key,
    source_key,
    listing_date
from fct_listing
where is_in_markdown and position is null
order by listing_date, source_key, listing_key;
