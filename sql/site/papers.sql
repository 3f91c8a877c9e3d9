-- Grain: one row per paper, by the day of its first listing and arXiv id: what mart_paper knows of it, with each of its
-- listings and each version that was told.
with listed as (
    select
        fct_listing.paper_key,
        list(
            {
                listing_date: fct_listing.listing_date,
                source_id: dim_source.source_id,
                position: fct_listing.position,
                summary: fct_listing.summary,
                is_abstract: dim_source.lists_abstracts
            }
            order by fct_listing.listing_number
        ) as listings
    from fct_listing
    join dim_source using (source_key)
    group by fct_listing.paper_key
),

told as (
    select
        paper_key,
        list(
            { version: version, title: title, is_withdrawn: is_withdrawn, valid_from: valid_from } order by valid_from
        ) as told_versions
    from dim_paper_version
    group by paper_key
)

select
    mart_paper.* exclude (paper_key, url, listing_count, listed_day_count),
    coalesce(mart_paper.abstract, mart_paper.listed_abstract) as any_abstract,
    dim_paper.version_times,
    listed.listings,
    coalesce(told.told_versions, []) as told_versions
from mart_paper
join dim_paper using (paper_key)
join listed using (paper_key)
left join told using (paper_key)
order by mart_paper.first_listed_date, mart_paper.arxiv_id;
