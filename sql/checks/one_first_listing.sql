-- Rule: Every paper has exactly one first listing.
-- Table: fct_listing
-- Severity: error
select
    paper_key,
    count(*) filter (where is_first_listing) as first_count
from fct_listing
group by paper_key
having count(*) filter (where is_first_listing) <> 1;
