-- A link of a listing is rejected once. Table: rejected_link. Severity: error.
select
    listing_key,
    position,
    count(*) as row_count
from rejected_link
group by all
having count(*) > 1;
