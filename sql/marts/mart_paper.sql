-- Grain: one row per arXiv paper: what is known of it from all sources, in one wide row. Lists are empty where there is nothing. Stars are those of the newest observation, at the time beside them, never of the day of the listing.
create view mart_paper as
with listing as (
    select
        paper_key,
        max(listing_date) as last_listed_date,
        count(*) as listing_count,
        count(distinct listing_date) as listed_day_count,
        list(distinct source_id order by source_id) as sources,
        arg_min(summary, (not is_first_listing, listing_date, source_id)) as summary
    from fct_listing
    join dim_source using (source_key)
    group by paper_key
),

task as (
    select paper_key, list(task_name order by weight desc, task_name) as tasks
    from mart_label
    join dim_task using (task_key)
    where task_key <> -1
    group by paper_key
),

category as (
    select paper_key, list(category_code order by is_primary desc, category_code) as categories
    from bridge_paper_category
    join dim_category using (category_key)
    group by paper_key
),

author as (
    select paper_key, list(author_name order by position) as authors, bool_and(is_from_arxiv) as has_arxiv_authors
    from mart_authorship
    join dim_author using (author_key)
    group by paper_key
),

repository as (
    select
        mart_code.paper_key,
        list({
            full_name: dim_repository.full_name,
            status: dim_repository.status,
            language: dim_repository.language,
            license_spdx: dim_repository.license_spdx,
            stars_count: mart_newest_star.stars_count,
            observed_at: mart_newest_star.observed_at
        } order by mart_newest_star.stars_count desc nulls last, dim_repository.full_name) as repositories
    from mart_code
    join dim_repository using (repository_key)
    left join mart_newest_star using (repository_key)
    group by mart_code.paper_key
),

hub_resource as (
    select paper_key, list(distinct {kind: kind, resource_id: resource_id} order by {kind: kind, resource_id: resource_id}) as hub_resources
    from bridge_listing_hub_resource
    join fct_listing using (listing_key)
    join dim_hub_resource using (hub_resource_key)
    group by paper_key
)

select
    dim_paper.paper_key,
    dim_paper.arxiv_id,
    'https://arxiv.org/abs/' || dim_paper.arxiv_id as url,
    dim_paper.title,
    dim_paper.status,
    dim_paper.first_listed_date,
    listing.last_listed_date,
    listing.listing_count,
    listing.listed_day_count,
    listing.sources,
    coalesce(task.tasks, []) as tasks,
    dim_paper.primary_category,
    coalesce(category.categories, []) as categories,
    coalesce(author.authors, []) as authors,
    coalesce(author.has_arxiv_authors, false) as has_arxiv_authors,
    dim_paper.submitted_at,
    dim_paper.updated_at,
    dim_paper.version,
    dim_paper.is_withdrawn,
    dim_paper.doi,
    dim_paper.journal_ref,
    dim_paper.comment,
    repository.repositories is not null as has_code,
    coalesce(repository.repositories, []) as repositories,
    repository.repositories[1].stars_count as stars_count,
    repository.repositories[1].observed_at as stars_observed_at,
    coalesce(hub_resource.hub_resources, []) as hub_resources,
    listing.summary,
    dim_paper.abstract,
    dim_paper.observed_at
from dim_paper
join listing using (paper_key)
left join task using (paper_key)
left join category using (paper_key)
left join author using (paper_key)
left join repository using (paper_key)
left join hub_resource using (paper_key);
