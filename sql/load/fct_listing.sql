-- Grain: one row per paper listed by a source on a day. A count is null if nobody could tell: the source gives no such
-- thing, or its page of that day lacked the column.
-- Rerun: same rows, same keys; a corrected page replaces its day.
delete from fct_listing
where listing_key in (from scope_listing);

-- Without texts, so that those of all listings are never in memory together.
create or replace temp table counted_listing as
with paper as (
    select distinct paper_key from current_listing semi join scope_listing using (listing_key)
),

page as (
    select
        document_id,
        listing_date,
        sha256,
        coalesce(missing_columns, []) as missing
    from staging.page
),

-- Has all listings of these papers, so the first one here is the first of all. On one day it is that of the source
-- that can tell more, and not of the first in the alphabet.
ordered as (
    select
        listing.listing_key,
        row_number() over (
            partition by listing.paper_key order by listing.listing_date, dim_source.tie_order
        )::integer as listing_number,
        dim_source.lists_labels and not list_contains(page.missing, 'tasks') as tells_labels,
        dim_source.lists_code and not list_contains(page.missing, 'github') as tells_code,
        dim_source.lists_models and not list_contains(page.missing, 'hugging_face') as tells_models
    from current_listing as listing
    semi join paper using (paper_key)
    join dim_source using (source_id)
    join page using (document_id, listing_date, sha256)
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

site as (
    select
        listing_key,
        count(*)::integer as site_count
    from listing_site semi join scope_listing using (listing_key)
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
    ordered.listing_number,
    coalesce(task.task_count, case when ordered.tells_labels then 0 end) as task_count,
    coalesce(repository.repository_count, case when ordered.tells_code then 0 end) as repository_count,
    coalesce(hub_resource.hub_resource_count, case when ordered.tells_models then 0 end) as hub_resource_count,
    coalesce(site.site_count, case when ordered.tells_code or ordered.tells_models then 0 end) as site_count,
    coalesce(dead_link.rejected_link_count, 0) as rejected_link_count
from ordered
semi join scope_listing using (listing_key)
left join task using (listing_key)
left join repository using (listing_key)
left join hub_resource using (listing_key)
left join site using (listing_key)
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
    counted.listing_number,
    counted.listing_number = 1 as is_first_listing,
    nullif(array_length(listed.authors), 0)::integer as author_count, -- no paper lacks authors: none named is unknown
    counted.task_count,
    counted.repository_count,
    counted.hub_resource_count,
    counted.site_count,
    counted.rejected_link_count,
    listed.is_in_markdown,
    listed.is_in_json,
    witness.repository_name as witness_repository_name,
    case when shown.listing_key is null then listed.extra else shown.extra end as extra
from current_listing as listed
join counted_listing as counted using (listing_key)
left join (
    select
        listing_key,
        min(lower(target)) as repository_name
    from staging.witness
    semi join current_document using (document_id, listing_date, sha256)
    where kind = 'repository'
    group by listing_key
) as witness using (listing_key)
left join (
    -- The newest look, also where it shows nothing: arg_max() would pass it over.
    select
        listing_key,
        extra
    from staging.sighting
    semi join scope_listing using (listing_key)
    qualify row_number() over (partition by listing_key order by observed_at desc, extra desc nulls last) = 1
) as shown using (listing_key);
