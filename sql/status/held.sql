-- Grain: one row per source and day with a final outcome: what a fetch need not request again.
select
    document.source_id,
    document.listing_date,
    document.outcome,
    page.blob_sha,
    page.sha256
from final_document as document
left join staging.page as page using (source_id, listing_date, sha256)
order by document.source_id, document.listing_date;
