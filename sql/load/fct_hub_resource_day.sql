-- Grain: one row per Hugging Face resource and UTC day on which Hugging Face described it: the last answer of that day.
-- Days without an observation have no row.
-- Rerun: same rows, same keys.
delete from fct_hub_resource_day
where hub_resource_key in (from scope_hub_resource);

insert into fct_hub_resource_day by name
select
    key_of(resource_asked) as hub_resource_key,
    date_key(observed_at::date) as date_key,
    observed_at,
    hub_id,
    downloads_30_days_count,
    downloads_all_time_count,
    likes_count
from staging.hub_resource
where
    status = 'found'
    and key_of(resource_asked) in (from scope_hub_resource)
    and key_of(resource_asked) in (select hub_resource_key from bridge_listing_hub_resource)
qualify
    row_number() over (
        partition by resource_asked, observed_at::date order by observed_at desc, exchange_id desc
    ) = 1
order by date_key, hub_resource_key;
