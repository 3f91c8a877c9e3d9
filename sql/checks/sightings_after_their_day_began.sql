-- Rule: No list was seen before its day began. If one was, a clock was wrong, or the list has the wrong day.
-- Table: fct_listing_day
-- Severity: warning
-- Note: A day begins nowhere more than 14 hours before it does in UTC.
select
    listing_key,
    fct_listing.source_key,
    fct_listing.listing_date,
    fct_listing_day.observed_at
from fct_listing_day
join fct_listing using (listing_key)
where fct_listing_day.observed_at < fct_listing.listing_date - interval 14 hour
order by fct_listing.listing_date, fct_listing.source_key, listing_key;
