-- Grain: one row, the newest day with a listing; null where there is none.
select max(listing_date) as listing_date
from fct_listing;
