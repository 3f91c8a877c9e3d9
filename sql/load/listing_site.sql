-- Grain: one row per listing and site that it links to: a project page, or code, models or data on another host.
-- Rerun: same rows.
delete from listing_site
where listing_key in (from scope_listing);

insert into listing_site by name
select *
from current_site
semi join scope_listing using (listing_key);
