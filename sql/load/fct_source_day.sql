-- Grain: one row per source and day that was asked for, with the outcome. A day has no row while its page may still
-- come.
-- Rerun: same rows.
delete from fct_source_day
where (source_key, listing_date) in (select (key_of(source_id), listing_date) from scope_day);

insert into fct_source_day by name
select
    date_key(document.listing_date) as date_key,
    document.listing_date,
    key_of(document.source_id) as source_key,
    document.outcome,
    document.reason,
    document.correction_failure,
    coalesce(page.row_count, 0) as row_count,
    coalesce(page.listing_count, 0) as listing_count,
    coalesce(page.rejected_count, 0) as rejected_count,
    document.sha256 as document_sha256,
    page.size_bytes,
    document.fetched_at,
    document.first_fetched_at,
    page.header
from current_document as document
semi join scope_day using (source_id, listing_date)
left join staging.page as page using (source_id, listing_date, sha256)
order by document.listing_date, source_key;
