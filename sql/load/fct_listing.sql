-- Grain: one row per paper listed by a source on a day.
-- Rerun: same rows, same keys; a corrected page replaces its day.
delete from fct_listing
where listing_key in (from scope_listing);

-- Narrow, so that the texts of all listings pass by it and are never held together.
create or replace temp table counted_listing as
with paper as (
    select distinct paper_key from current_listing semi join scope_listing using (listing_key)
),

-- All listings of these papers are there, so the first of them is the first of all.
ordered as (
    select
        listing_key,
        row_number() over (partition by paper_key order by listing_date, source_id) = 1 as is_first_listing
    from current_listing
    semi join paper using (paper_key)
),

task as (
    select
        listing_key,
        count(*)::integer as task_count
    from bridge_listing_task semi join scope_listing using (listing_key)
    group by all
),

repository as (
    select
        listing_key,
        count(*)::integer as repository_count
    from bridge_listing_repository semi join scope_listing using (listing_key)
    group by all
),

hub_resource as (
    select
        listing_key,
        count(*)::integer as hub_resource_count
    from bridge_listing_hub_resource semi join scope_listing using (listing_key)
    group by all
),

dead_link as (
    select
        listing_key,
        count(*)::integer as rejected_link_count
    from rejected_link semi join scope_listing using (listing_key)
    group by all
)

select
    listing_key,
    ordered.is_first_listing,
    coalesce(task.task_count, 0) as task_count,
    coalesce(repository.repository_count, 0) as repository_count,
    coalesce(hub_resource.hub_resource_count, 0) as hub_resource_count,
    coalesce(dead_link.rejected_link_count, 0) as rejected_link_count
from ordered
semi join scope_listing using (listing_key)
left join task using (listing_key)
left join repository using (listing_key)
left join hub_resource using (listing_key)
left join dead_link using (listing_key);

insert into fct_listing by name
select
    listed.listing_key,
    date_key(listed.listing_date) as date_key,
    listed.listing_date,
    key_of(listed.source_id) as source_key,
    listed.paper_key,
    listed.position,
    listed.title,
    listed.summary,
    counted.is_first_listing,
    len(listed.authors)::integer as author_count,
    counted.task_count,
    counted.repository_count,
    counted.hub_resource_count,
    counted.rejected_link_count,
    listed.extra
from current_listing as listed
join counted_listing as counted using (listing_key);
