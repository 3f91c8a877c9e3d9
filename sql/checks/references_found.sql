-- Rule: Whatever a fact or bridge points to is there.
-- Table: fct_listing
-- Severity: error
with reference as (
    select 'fct_listing.date_key' as referring, date_key::bigint as member_key, 'dim_date' as dimension from fct_listing
    union all select 'fct_listing.source_key', source_key, 'dim_source' from fct_listing
    union all select 'fct_listing.paper_key', paper_key, 'dim_paper' from fct_listing
    union all select 'fct_source_day.date_key', date_key, 'dim_date' from fct_source_day
    union all select 'fct_source_day.source_key', source_key, 'dim_source' from fct_source_day
    union all select 'fct_repository_day.date_key', date_key, 'dim_date' from fct_repository_day
    union all select 'fct_repository_day.repository_key', repository_key, 'dim_repository' from fct_repository_day
    union all select 'dim_repository_version.repository_key', repository_key, 'dim_repository' from dim_repository_version
    union all select 'bridge_listing_author.listing_key', listing_key, 'fct_listing' from bridge_listing_author
    union all select 'bridge_listing_author.author_key', author_key, 'dim_author' from bridge_listing_author
    union all select 'bridge_listing_task.listing_key', listing_key, 'fct_listing' from bridge_listing_task
    union all select 'bridge_listing_task.task_key', task_key, 'dim_task' from bridge_listing_task
    union all select 'bridge_listing_repository.listing_key', listing_key, 'fct_listing' from bridge_listing_repository
    union all
    select 'bridge_listing_repository.repository_key', repository_key, 'dim_repository' from bridge_listing_repository
    union all select 'bridge_listing_hub_resource.listing_key', listing_key, 'fct_listing' from bridge_listing_hub_resource
    union all
    select 'bridge_listing_hub_resource.hub_resource_key', hub_resource_key, 'dim_hub_resource'
    from bridge_listing_hub_resource
    union all select 'bridge_paper_author.paper_key', paper_key, 'dim_paper' from bridge_paper_author
    union all select 'bridge_paper_author.author_key', author_key, 'dim_author' from bridge_paper_author
    union all select 'bridge_paper_category.paper_key', paper_key, 'dim_paper' from bridge_paper_category
    union all select 'bridge_paper_category.category_key', category_key, 'dim_category' from bridge_paper_category
    union all select 'rejected_link.listing_key', listing_key, 'fct_listing' from rejected_link
),

member as (
    select 'dim_date' as dimension, date_key::bigint as member_key from dim_date
    union all select 'dim_source', source_key from dim_source
    union all select 'dim_paper', paper_key from dim_paper
    union all select 'dim_author', author_key from dim_author
    union all select 'dim_task', task_key from dim_task
    union all select 'dim_category', category_key from dim_category
    union all select 'dim_repository', repository_key from dim_repository
    union all select 'dim_hub_resource', hub_resource_key from dim_hub_resource
    union all select 'fct_listing', listing_key from fct_listing
)

select distinct referring, member_key
from reference
anti join member using (dimension, member_key);
