-- Grain: one row per paper of the search, by the day of its first listing, so that a new day adds rows at the end.
with alive as (
    select distinct mart_code.paper_key
    from mart_code
    join dim_repository using (repository_key)
    where dim_repository.status = 'found'
),

listed as (
    select
        fct_listing.listing_key,
        fct_listing.paper_key,
        fct_listing.listing_date,
        dim_source.source_id,
        list(dim_task.task_name order by dim_task.task_name) filter (dim_task.task_name is not null) as labels
    from fct_listing
    join dim_source using (source_key)
    left join bridge_listing_task using (listing_key)
    left join dim_task using (task_key)
    group by all
),

listing as (
    select
        paper_key,
        list(
            { day: listing_date, source_id: source_id, labels: coalesce(labels, []) }
            order by listing_date, source_id, listing_key
        ) as listings
    from listed
    group by paper_key
)

select
    search_document.paper_key,
    search_document.term_count,
    dim_paper.arxiv_id,
    dim_paper.first_listed_date,
    dim_paper.title,
    listing.listings,
    alive.paper_key is not null as has_living_code
from search_document
join dim_paper using (paper_key)
join listing using (paper_key)
left join alive using (paper_key)
order by dim_paper.first_listed_date, dim_paper.arxiv_id;
