-- Grain: one row per source and day from $from_date to $to_date with a final outcome, and what its pages contain: a
-- paper that two documents list counts once.
with listed as (
    select
        document.source_id,
        document.listing_date,
        count(distinct listing.listing_key) as listing_count
    from final_document as document
    join staging.listing as listing using (document_id, listing_date, sha256)
    where document.listing_date between $from_date and $to_date
    group by document.source_id, document.listing_date
),

rejected as (
    select
        document.source_id,
        document.listing_date,
        sum(page.rejected_count)::integer as rejected_count
    from final_document as document
    join staging.page as page using (document_id, listing_date, sha256)
    where document.listing_date between $from_date and $to_date
    group by document.source_id, document.listing_date
)

select
    day.source_id,
    day.listing_date,
    day.outcome,
    day.reason,
    day.correction_failure,
    coalesce(listed.listing_count, 0) as listing_count,
    coalesce(rejected.rejected_count, 0) as rejected_count,
    day.document_sha256
from final_day as day
left join listed using (source_id, listing_date)
left join rejected using (source_id, listing_date)
where day.listing_date between $from_date and $to_date
order by day.listing_date, day.source_id;
