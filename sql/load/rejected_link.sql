-- Grain: one row per link of a listing that leads to no repository, no Hugging Face resource and no site, with the
-- reason.
-- Rerun: same rows.
delete from rejected_link
where listing_key in (from scope_listing);

insert into rejected_link by name
select
    listing_key,
    column_name,
    position,
    url,
    reason,
    meant
from current_link
semi join scope_listing using (listing_key)
where kind is null;
