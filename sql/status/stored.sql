-- Grain: one row per source and day with a final outcome, and its page where it has one: what need not be fetched again.
select
    document.source_id,
    document.listing_date,
    document.outcome,
    page.blob_sha
from settled_document as document
left join staging.page as page using (source_id, listing_date, sha256)
order by document.source_id, document.listing_date;
