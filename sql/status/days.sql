-- Grain: one row per source and day from $from_date to $to_date with a final outcome, and what its page contains.
select
    document.source_id,
    document.listing_date,
    document.outcome,
    document.reason,
    document.correction_failure,
    coalesce(page.listing_count, 0) as listing_count,
    coalesce(page.rejected_count, 0) as rejected_count,
    document.sha256
from final_document as document
left join staging.page as page using (source_id, listing_date, sha256)
where document.listing_date between $from_date and $to_date
order by document.listing_date, document.source_id;
