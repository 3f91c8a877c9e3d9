-- Question: One day's digest: what was listed, with code, stars and categories
-- Order: 28
-- Trap: a paper that several sources list on the day is one row, with the summary that a model wrote for the one that
-- can tell more; an abstract is no summary. Labels, code and models are those of listings up to the day. What services
-- say is from later: stars and upvotes are those of the newest look (stars_observed_at, upvotes_observed_at), title,
-- abstract, categories and whose code it is as known now. Stars are those of its own code, and not of a tool that it
-- links to. Lists are empty if there is nothing, and null if nobody could tell.
-- Note: those that most sources list come first, then those with most upvotes, then by the place on the page.
-- $link_role = own -- own, shared, tool or unknown: whose stars; all: of whatever it links to
-- $date = last -- as YYYY-MM-DD, or last: the newest day with a listing
with chosen as materialized (
    select case when $date = 'last' then max(listing_date) else $date::date end as day
    from fct_listing
),

listed as materialized (
    select
        paper_key,
        min(position) as position,
        list(source_id order by source_id) as listed_by,
        bool_or(is_first_listing) as is_first_listing,
        arg_min(summary, listing_number) filter (not lists_abstracts) as summary,
        arg_min(summary, listing_number) filter (lists_abstracts) as abstract
    from fct_listing
    join dim_source using (source_key)
    where listing_date = (select day from chosen)
    group by paper_key
),

upvoted as (
    select
        paper_key,
        arg_max(upvotes_count, (observed_at, upvotes_count)) as upvotes_count,
        max(observed_at) as observed_at
    from fct_listing_day
    join fct_listing using (listing_key)
    semi join listed using (paper_key)
    where upvotes_count is not null
    group by paper_key
),

told as (
    select
        paper_key,
        bool_or(task_count is not null) as labels,
        bool_or(repository_count is not null) as code,
        bool_or(hub_resource_count is not null) as models
    from fct_listing
    semi join listed using (paper_key)
    where listing_date <= (select day from chosen)
    group by paper_key
),

task as (
    select
        paper_key,
        list(task_name order by weight desc, task_name) as tasks
    from mart_label
    semi join listed using (paper_key)
    join dim_task using (task_key)
    where task_key <> -1 and listing_date <= (select day from chosen)
    group by paper_key
),

category as (
    select
        paper_key,
        list(category_code order by is_primary desc, category_code) as categories
    from bridge_paper_category
    semi join listed using (paper_key)
    join dim_category using (category_key)
    group by paper_key
),

repository as (
    select
        paper_key,
        list(full_name order by stars_count desc nulls last, full_name) as repositories,
        max(stars_count) filter (where $link_role in ('all', link_role)) as stars_count,
        arg_max(newest.observed_at, stars_count) filter (where $link_role in ('all', link_role)) as stars_observed_at
    from mart_code
    semi join listed using (paper_key)
    join dim_repository using (repository_key)
    left join mart_newest_star as newest using (repository_key)
    where first_linked_date <= (select day from chosen)
    group by paper_key
),

hub_resource as (
    select
        paper_key,
        list(distinct resource_id order by resource_id) as hub_resources
    from fct_listing
    semi join listed using (paper_key)
    join bridge_listing_hub_resource using (listing_key)
    join dim_hub_resource using (hub_resource_key)
    where listing_date <= (select day from chosen)
    group by paper_key
)

select
    dim_paper.arxiv_id,
    dim_paper.title,
    listed.listed_by,
    listed.is_first_listing,
    case when told.labels then coalesce(task.tasks, []) end as tasks,
    category.categories,
    case when told.code then coalesce(repository.repositories, []) end as repositories,
    repository.stars_count,
    repository.stars_observed_at,
    case when told.models then coalesce(hub_resource.hub_resources, []) end as hub_resources,
    upvoted.upvotes_count,
    upvoted.observed_at as upvotes_observed_at,
    listed.summary,
    coalesce(dim_paper.abstract, listed.abstract) as abstract
from listed
join told using (paper_key)
join dim_paper using (paper_key)
left join upvoted using (paper_key)
left join task using (paper_key)
left join category using (paper_key)
left join repository using (paper_key)
left join hub_resource using (paper_key)
order by
    len(listed.listed_by) desc,
    upvoted.upvotes_count desc nulls last,
    listed.position nulls last,
    dim_paper.arxiv_id;
