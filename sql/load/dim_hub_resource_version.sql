-- Grain: one row per Hugging Face resource and time between two changes of its description, as observed (type 2).
-- Rerun: same rows, same keys.
delete from dim_hub_resource_version
where hub_resource_key in (from scope_hub_resource);

insert into dim_hub_resource_version by name
with observation as (
    select
        *,
        key_of(resource_asked) as hub_resource_key,
        (hub_id, hub_name, licence, is_gated, is_disabled, library, pipeline_task, base_models) as described
    from staging.hub_resource
    where
        status = 'found'
        and key_of(resource_asked) in (from scope_hub_resource)
        and key_of(resource_asked) in (select hub_resource_key from bridge_listing_hub_resource)
    -- of answers in the same microsecond, one
    qualify row_number() over (partition by resource_asked, observed_at order by exchange_id desc) = 1
),

change as (
    select *
    from observation
    window resource_in_time as (partition by hub_resource_key order by observed_at)
    qualify
        row_number() over resource_in_time = 1
        or described is distinct from lag(described) over resource_in_time
)

select
    hub_resource_key,
    hub_id,
    hub_name,
    licence,
    is_gated,
    is_disabled,
    library,
    pipeline_task,
    base_models,
    observed_at as valid_from,
    lead(observed_at) over resource_in_time as valid_to,
    valid_to is null as is_current
from change
window resource_in_time as (partition by hub_resource_key order by observed_at)
order by hub_resource_key, valid_from;
