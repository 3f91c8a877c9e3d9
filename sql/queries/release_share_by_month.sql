-- Question: Share of papers with a released model, dataset or space, by month
-- Order: 5
-- Trap: links to other hosts, blog posts, accounts and collections in the Hugging Face column are no releases. Papers
-- that only a source without such links lists are left out, also those whose project page happens to be one. A release
-- whose link does not say what it is counts in the share, and as papers_with_unsure, but as no model and no dataset.
with listing as (
    select
        fct_listing.paper_key,
        dim_hub_resource.kind,
        dim_hub_resource.is_kind_guessed
    from fct_listing
    join dim_source using (source_key)
    left join bridge_listing_hub_resource using (listing_key)
    left join dim_hub_resource using (hub_resource_key)
    where fct_listing.hub_resource_count is not null and dim_source.lists_models
),

paper as (
    select
        paper_key,
        coalesce(bool_or(kind = 'model' and not is_kind_guessed), false) as has_model,
        coalesce(bool_or(kind = 'dataset' and not is_kind_guessed), false) as has_dataset,
        coalesce(bool_or(kind = 'space'), false) as has_space,
        coalesce(bool_or(kind in ('model', 'dataset') and is_kind_guessed), false) as has_unsure
    from listing
    group by paper_key
)

select
    date_trunc('month', dim_paper.first_listed_date)::date as month,
    count(*) as papers,
    count(*) filter (where has_model) as papers_with_model,
    count(*) filter (where has_dataset) as papers_with_dataset,
    count(*) filter (where has_space) as papers_with_space,
    count(*) filter (where has_unsure) as papers_with_unsure,
    round(count(*) filter (where has_model or has_dataset or has_space or has_unsure) / papers, 3) as release_share
from paper
join dim_paper using (paper_key)
group by all
order by month;
