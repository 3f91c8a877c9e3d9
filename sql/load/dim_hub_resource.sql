-- Grain: one row per Hugging Face model, dataset, space, collection or account that a listing links to.
-- Rerun: same rows, same keys.
delete from dim_hub_resource
where hub_resource_key in (from scope_hub_resource);

insert into dim_hub_resource by name
with linked as (
    select
        hub_resource_key(kind, target) as hub_resource_key,
        kind,
        bool_and(is_kind_guessed) as is_kind_guessed,
        arg_min(target, (listing_date, dim_source.tie_order, listing_key, position)) as resource_id
    from current_link
    join dim_source using (source_id)
    where
        kind in ('model', 'dataset', 'space', 'collection', 'account')
        and hub_resource_key(kind, target) in (from scope_hub_resource)
    group by 1, 2
)

select
    hub_resource_key,
    kind,
    is_kind_guessed,
    resource_id,
    split_part(resource_id, '/', 1) as owner,
    'https://huggingface.co/' || case kind
        when 'dataset' then 'datasets/' when 'space' then 'spaces/' when 'collection' then 'collections/' else ''
    end || resource_id as url
from linked
order by kind, resource_id;
