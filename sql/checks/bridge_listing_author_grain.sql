-- A place in the list of names of a listing holds one name. Table: bridge_listing_author. Severity: error.
select
    listing_key,
    position,
    count(*) as row_count
from bridge_listing_author
group by all
having count(*) > 1;
