-- Question: Which models and datasets that papers link to are downloaded most, and which papers are these?
-- Order: 38
-- Trap: downloads are Hugging Face's count of the 30 days before observed_at, not of the days since the listing. A link
-- is no authorship: a paper may link to a model that it only uses. One resource under two names is one row, by its id.
-- A space has no downloads and is left out. What is no longer public keeps its last numbers, with its status.
with newest as (
    select *
    from fct_hub_resource_day
    qualify row_number() over (partition by hub_id order by observed_at desc, hub_resource_key) = 1
),

linking as (
    select
        resource.hub_id,
        count(distinct listing.paper_key) as papers,
        list(distinct paper.arxiv_id order by paper.arxiv_id) as arxiv_ids,
        min(listing.listing_date) as first_listed_date
    from dim_hub_resource as resource
    join bridge_listing_hub_resource using (hub_resource_key)
    join fct_listing as listing using (listing_key)
    join dim_paper as paper using (paper_key)
    where resource.hub_id is not null
    group by resource.hub_id
)

select
    resource.kind,
    resource.hub_name,
    resource.status,
    resource.licence,
    resource.is_gated,
    newest.downloads_30_days_count,
    newest.downloads_all_time_count,
    newest.likes_count,
    newest.observed_at,
    linking.first_listed_date,
    linking.papers,
    linking.arxiv_ids
from newest
join dim_hub_resource as resource using (hub_resource_key, hub_id)
join linking using (hub_id)
where resource.kind in ('model', 'dataset')
order by newest.downloads_30_days_count desc nulls last, resource.kind, resource.hub_name;
