-- Rule: Every listing stands in a document of its day. One that stands in both has the place of the main one.
-- Table: fct_listing
-- Severity: error
select
    listing_key,
    source_key,
    listing_date,
    position,
    is_in_markdown,
    is_in_json
from fct_listing
where not (is_in_markdown or is_in_json) or (is_in_markdown and is_in_json and position is null);
