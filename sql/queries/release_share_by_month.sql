-- Question: Share of papers with a released model, dataset or space, by month
-- Order: 5
-- Trap: the Hugging Face column holds other hosts, blog posts, accounts and collections too, none of which is a
-- release. Papers that only a source without such links lists are left out.
with telling_source as (
    select distinct source_key
    from fct_listing
    where hub_resource_count > 0
),

listing as (
    select
        fct_listing.paper_key,
        dim_hub_resource.kind
    from fct_listing
    semi join telling_source using (source_key)
    left join bridge_listing_hub_resource using (listing_key)
    left join dim_hub_resource using (hub_resource_key)
),

paper as (
    select
        paper_key,
        coalesce(bool_or(kind = 'model'), false) as has_model,
        coalesce(bool_or(kind = 'dataset'), false) as has_dataset,
        coalesce(bool_or(kind = 'space'), false) as has_space
    from listing
    group by paper_key
)

select
    date_trunc('month', dim_paper.first_listed_date)::date as month,
    count(*) as papers,
    count(*) filter (where has_model) as papers_with_model,
    count(*) filter (where has_dataset) as papers_with_dataset,
    count(*) filter (where has_space) as papers_with_space,
    round(count(*) filter (where has_model or has_dataset or has_space) / papers, 3) as release_share
from paper
join dim_paper using (paper_key)
group by all
order by month;
