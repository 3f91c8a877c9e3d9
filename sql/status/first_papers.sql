-- Grain: one row per source and day from $from_date to $to_date and paper among the first three of its page.
select
    listing.listing_date,
    listing.source_id,
    listing.arxiv_id,
    listing.title
from staging.listing as listing
semi join final_document using (source_id, listing_date, sha256)
where listing.listing_date between $from_date and $to_date and listing.position <= 3
order by listing.listing_date, listing.source_id, listing.position;
