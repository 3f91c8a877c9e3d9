-- Grain: one row per source and day with a final outcome, with its page if it has one: nothing to fetch again.
select
    document.source_id,
    document.listing_date,
    document.outcome,
    page.blob_sha
from final_document as document
left join staging.page as page using (source_id, listing_date, sha256)
order by document.source_id, document.listing_date;
