-- Rule: The counts of a listing equal its rows in the bridges. One that is null, since nobody could tell, has none.
-- Table: fct_listing
-- Severity: error
with author as (
    select
        listing_key,
        count(*) as row_count
    from bridge_listing_author
    group by all
),

task as (
    select
        listing_key,
        count(*) as row_count
    from bridge_listing_task
    group by all
),

repository as (
    select
        listing_key,
        count(*) as row_count
    from bridge_listing_repository
    group by all
),

hub_resource as (
    select
        listing_key,
        count(*) as row_count
    from bridge_listing_hub_resource
    group by all
),

site as (
    select
        listing_key,
        count(*) as row_count
    from listing_site
    group by all
),

dead_link as (
    select
        listing_key,
        count(*) as row_count
    from rejected_link
    group by all
)

select
    listing.listing_key,
    listing.author_count,
    author.row_count as author_rows,
    listing.task_count,
    task.row_count as task_rows,
    listing.repository_count,
    repository.row_count as repository_rows,
    listing.hub_resource_count,
    hub_resource.row_count as hub_resource_rows,
    listing.site_count,
    site.row_count as site_rows,
    listing.rejected_link_count,
    dead_link.row_count as rejected_link_rows
from fct_listing as listing
left join author using (listing_key)
left join task using (listing_key)
left join repository using (listing_key)
left join hub_resource using (listing_key)
left join site using (listing_key)
left join dead_link using (listing_key)
where
    coalesce(listing.author_count, 0) <> coalesce(author.row_count, 0)
    or coalesce(listing.task_count, 0) <> coalesce(task.row_count, 0)
    or coalesce(listing.repository_count, 0) <> coalesce(repository.row_count, 0)
    or coalesce(listing.hub_resource_count, 0) <> coalesce(hub_resource.row_count, 0)
    or coalesce(listing.site_count, 0) <> coalesce(site.row_count, 0)
    or listing.rejected_link_count <> coalesce(dead_link.row_count, 0);
