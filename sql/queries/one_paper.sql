-- Question: One paper, everything we know about it
-- Order: 27
-- Trap: every listing counts, not only the first. What there may be several of is in lists, so no row is repeated.
-- Stars and upvotes have the time of their observation. Lists are empty if there is nothing, and null if nobody could
-- tell.
-- If empty: No paper of this arXiv id was ever listed here. Without $arxiv_id you get the newest.
-- $arxiv_id = newest -- with or without a version, or newest: the one that was first listed last
with chosen as materialized (
    select *
    from dim_paper
    where
        paper_key <> -1
        and case when $arxiv_id = 'newest' then true else arxiv_id = regexp_replace($arxiv_id, 'v[0-9]+$', '') end
    order by first_listed_date desc, arxiv_id desc
    limit 1
),

listed as materialized (
    select *
    from fct_listing
    semi join chosen using (paper_key)
),

listing as (
    select
        paper_key,
        list(distinct source_id order by source_id) as sources,
        list(
            {
                listing_date: listing_date, source_id: source_id, position: position, is_in_markdown: is_in_markdown,
                is_in_json: is_in_json, title: title, summary: summary, is_abstract: lists_abstracts
            }
            order by listing_number
        ) as listings,
        bool_or(task_count is not null) as tells_labels,
        bool_or(repository_count is not null) as tells_code,
        bool_or(hub_resource_count is not null) as tells_models
    from listed
    join dim_source using (source_key)
    group by paper_key
),

upvoted as (
    select
        paper_key,
        list(
            { observed_at: observed_at, upvotes_count: upvotes_count, comments_count: comments_count }
            order by observed_at, listing_key
        ) as upvotes
    from fct_listing_day
    join listed using (listing_key)
    where upvotes_count is not null
    group by paper_key
),

task as (
    select
        paper_key,
        list(task_name order by weight desc, task_name) as tasks
    from mart_label
    semi join chosen using (paper_key)
    join dim_task using (task_key)
    where task_key <> -1
    group by paper_key
),

category as (
    select
        paper_key,
        list(category_code order by is_primary desc, category_code) as categories
    from bridge_paper_category
    semi join chosen using (paper_key)
    join dim_category using (category_key)
    group by paper_key
),

author as (
    select
        paper_key,
        list(author_name order by position) as authors
    from mart_authorship
    semi join chosen using (paper_key)
    join dim_author using (author_key)
    group by paper_key
),

repository as (
    select
        paper_key,
        list({
            full_name: full_name, url: url, status: status, description: description, language: language,
            license_spdx: license_spdx, stars_count: stars_count, observed_at: newest.observed_at
        }
        order by full_name) as repositories
    from mart_code
    semi join chosen using (paper_key)
    join dim_repository using (repository_key)
    left join mart_newest_star as newest using (repository_key)
    group by paper_key
),

hub_resource as (
    select
        paper_key,
        list(
            distinct { kind: kind, resource_id: resource_id, url: dim_hub_resource.url }
            order by { kind: kind, resource_id: resource_id, url: dim_hub_resource.url }
        ) as hub_resources
    from listed
    join bridge_listing_hub_resource using (listing_key)
    join dim_hub_resource using (hub_resource_key)
    group by paper_key
),

rejected as (
    select
        paper_key,
        list(distinct { url: url, reason: reason } order by { url: url, reason: reason }) as rejected_links
    from listed
    join rejected_link using (listing_key)
    group by paper_key
)

select
    'https://arxiv.org/abs/' || chosen.arxiv_id as url,
    chosen.* exclude (paper_key),
    listing.sources,
    listing.listings,
    case when listing.tells_labels then coalesce(task.tasks, []) end as tasks,
    category.categories,
    author.authors,
    case when listing.tells_code then coalesce(repository.repositories, []) end as repositories,
    case when listing.tells_models then coalesce(hub_resource.hub_resources, []) end as hub_resources,
    upvoted.upvotes,
    coalesce(rejected.rejected_links, []) as rejected_links
from chosen
left join listing using (paper_key)
left join upvoted using (paper_key)
left join task using (paper_key)
left join category using (paper_key)
left join author using (paper_key)
left join repository using (paper_key)
left join hub_resource using (paper_key)
left join rejected using (paper_key);
