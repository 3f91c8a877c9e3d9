-- Grain: one row: the newest day with a listing, or null.
select max(listing_date) as listing_date
from fct_listing;
