-- Grain: one row per Hugging Face model, dataset, space, collection or account that a listing links to, or that
-- Hugging Face's page of a listed paper lists, as last seen.
-- Rerun: same rows, same keys; a model, dataset or space without an answer of Hugging Face is pending.
delete from dim_hub_resource
where hub_resource_key in (from scope_hub_resource);

insert into dim_hub_resource by name
with written as (
    select
        hub_resource_key(kind, target) as hub_resource_key,
        kind,
        bool_and(is_kind_guessed) as is_kind_guessed,
        min(listing_date) as first_listed_date,
        arg_min(target, (listing_date, dim_source.tie_order, listing_key, position)) as resource_id
    from current_link
    join dim_source using (source_id)
    where
        kind in ('model', 'dataset', 'space', 'collection', 'account')
        and hub_resource_key(kind, target) in (from scope_hub_resource)
    group by 1, 2
),

told as (
    select
        key_of(lower(resource_named)) as hub_resource_key,
        split_part(resource_named, '/', 1) as kind,
        false as is_kind_guessed,
        null::date as first_listed_date,
        min(substr(resource_named, strpos(resource_named, '/') + 1)) as resource_id
    from hub_connection
    where
        asserted_by = 'paper_page'
        and key_of(lower(resource_named)) in (from scope_hub_resource)
        and paper_key in (select dim_paper.paper_key from dim_paper)
        and key_of(lower(resource_named)) not in (select written.hub_resource_key from written)
    group by 1, 2
),

linked as (
    from written
    union all
    from told
),

answer as (
    select
        *,
        key_of(resource_asked) as hub_resource_key
    from staging.hub_resource
    where key_of(resource_asked) in (from scope_hub_resource)
),

seen as (
    select *
    from answer
    where status = 'found'
    qualify row_number() over (partition by hub_resource_key order by observed_at desc, exchange_id desc) = 1
),

final_answer as (
    select
        hub_resource_key,
        arg_max(status, (observed_at, exchange_id)) as status,
        max(observed_at) as observed_at
    from answer
    group by hub_resource_key
)

select
    linked.hub_resource_key,
    linked.kind,
    linked.is_kind_guessed,
    linked.resource_id,
    split_part(linked.resource_id, '/', 1) as owner,
    'https://huggingface.co/' || case linked.kind
        when 'dataset' then 'datasets/' when 'space' then 'spaces/' when 'collection' then 'collections/' else ''
    end || linked.resource_id as url,
    linked.first_listed_date,
    seen.hub_id,
    seen.hub_name,
    seen.licence,
    seen.is_gated,
    seen.is_disabled,
    seen.library,
    seen.pipeline_task,
    seen.sdk,
    seen.base_models,
    seen.created_at,
    seen.modified_at,
    case
        when linked.kind in ('collection', 'account') then 'not_asked'
        when linked.first_listed_date is null then coalesce(final_answer.status, 'not_asked')
        else coalesce(final_answer.status, 'pending')
    end as status,
    final_answer.observed_at,
    seen.observed_at as seen_at
from linked
left join seen using (hub_resource_key)
left join final_answer using (hub_resource_key)
order by linked.kind, linked.resource_id;
