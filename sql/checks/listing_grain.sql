-- Rule: A paper is listed once by a source on a day, and every listing has its own key.
-- Table: fct_listing
-- Severity: error
select
    source_key,
    listing_date,
    paper_key,
    count(*) as row_count,
    count(distinct listing_key) as key_count
from fct_listing
group by source_key, listing_date, paper_key
having count(*) > 1 or count(distinct listing_key) > 1;
