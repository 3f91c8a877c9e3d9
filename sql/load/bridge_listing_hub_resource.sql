-- Grain: one row per listing and Hugging Face resource that it links to. Links in either column count.
-- Rerun: same rows, same keys.
delete from bridge_listing_hub_resource
where listing_key in (from scope_listing);

insert into bridge_listing_hub_resource by name
select
    listing_key,
    hub_resource_key(kind, target) as hub_resource_key,
    arg_min(url, position) as url,
    count(*)::integer as link_count
from current_link
semi join scope_listing using (listing_key)
where kind in ('model', 'dataset', 'space', 'collection', 'account')
group by all;
