-- Rule: The weights of a listing's repositories sum to one.
-- Table: bridge_listing_repository
-- Severity: error
select
    listing_key,
    sum(weight) as weight
from bridge_listing_repository
group by listing_key
having abs(sum(weight) - 1) > 1e-9;
