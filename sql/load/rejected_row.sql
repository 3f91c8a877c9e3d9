-- Grain: one row per row of a page that could not be read, with the reason.
-- Rerun: same rows.
delete from rejected_row
where (source_id, listing_date) in (from scope_day);

insert into rejected_row by name
select
    rejected.source_id,
    rejected.listing_date,
    document.document,
    rejected.line,
    rejected.reason,
    rejected.text
from staging.rejected_row as rejected
join current_document as document using (document_id, listing_date, sha256)
semi join scope_day
    on rejected.source_id = scope_day.source_id and rejected.listing_date = scope_day.listing_date;
