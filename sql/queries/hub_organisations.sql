-- Question: Hugging Face organisations that release most
-- Order: 17
-- Trap: models, datasets and spaces are releases; accounts and collections are not. A resource that many papers link to
-- counts once. One whose link does not say what it is counts as a release, and as unsure.
with release as (
    select
        dim_hub_resource.owner,
        dim_hub_resource.hub_resource_key,
        case when dim_hub_resource.is_kind_guessed then 'unsure' else dim_hub_resource.kind end as kind,
        fct_listing.paper_key
    from bridge_listing_hub_resource
    join fct_listing using (listing_key)
    join dim_hub_resource using (hub_resource_key)
    where dim_hub_resource.kind in ('model', 'dataset', 'space')
)

select
    min(owner) as owner,
    count(distinct hub_resource_key) as releases,
    count(distinct hub_resource_key) filter (where kind = 'model') as models,
    count(distinct hub_resource_key) filter (where kind = 'dataset') as datasets,
    count(distinct hub_resource_key) filter (where kind = 'space') as spaces,
    count(distinct hub_resource_key) filter (where kind = 'unsure') as unsure,
    count(distinct paper_key) as papers
from release
group by lower(owner)
order by releases desc, papers desc, owner;
