-- Grain: one row per paper listed from $from_date to $to_date, by day, then by number of sources, upvotes and position.
with listed as (
    select
        fct_listing.paper_key,
        min(fct_listing.listing_date) as listing_date,
        arg_min(
            fct_listing.position, (fct_listing.listing_date, fct_listing.position)
        ) filter (fct_listing.position is not null) as position,
        list(distinct dim_source.source_id order by dim_source.source_id) as listed_by,
        bool_or(fct_listing.is_first_listing) as is_first_listing
    from fct_listing
    join dim_source using (source_key)
    where fct_listing.listing_date between $from_date and $to_date
    group by fct_listing.paper_key
)

select
    listed.listing_date,
    listed.listed_by,
    listed.is_first_listing,
    mart_paper.arxiv_id,
    mart_paper.title,
    mart_paper.first_listed_date,
    mart_paper.is_withdrawn,
    mart_paper.has_code,
    mart_paper.has_models,
    mart_paper.tasks,
    mart_paper.categories,
    mart_paper.authors,
    mart_paper.repositories,
    mart_paper.hub_resources,
    mart_paper.upvotes_count,
    mart_paper.upvotes_observed_at,
    mart_paper.citation_count,
    mart_paper.citations_observed_at,
    mart_paper.summary,
    coalesce(mart_paper.abstract, mart_paper.listed_abstract) as abstract
from listed
join mart_paper using (paper_key)
order by
    listed.listing_date,
    len(listed.listed_by) desc,
    mart_paper.upvotes_count desc nulls last,
    listed.position nulls last,
    mart_paper.arxiv_id;
