-- Grain: one row per link of a listing that names no repository and no Hugging Face resource, with the reason. Reads staging.listing_link. Rerun: same rows.

-- Lineage:
-- listing_key <- staging.listing_link.listing_key
-- column_name <- staging.listing_link.column_name
-- position <- staging.listing_link.position
-- url <- staging.listing_link.url
-- reason <- staging.listing_link.reason

delete from rejected_link where listing_key in (from scope_listing);

insert into rejected_link by name
select listing_key, column_name, position, url, reason
from current_link
semi join scope_listing using (listing_key)
where kind is null;
