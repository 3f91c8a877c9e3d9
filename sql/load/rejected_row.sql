-- Grain: one row per row of a page that could not be read, with the reason.
-- Rerun: same rows.
delete from rejected_row
where (source_id, listing_date) in (from scope_day);

insert into rejected_row by name
select
    source_id,
    listing_date,
    line,
    reason,
    text
from staging.rejected_row
semi join current_document using (source_id, listing_date, sha256)
semi join scope_day using (source_id, listing_date);
