-- Grain: one row per source, day from $from_date to $to_date and paper, for the first three papers of a page.
select
    listing.listing_date,
    listing.source_id,
    listing.arxiv_id,
    listing.title
from staging.listing as listing
semi join final_document using (document_id, listing_date, sha256)
where
    listing.document_id = listing.source_id
    and listing.listing_date between $from_date and $to_date and listing.position <= 3
order by listing.listing_date, listing.source_id, listing.position;
