-- Rule: A key is computed from what it stands for, so that it is the same in every rebuild.
-- Table: fct_listing
-- Severity: error
with computed as (
    select
        'dim_date' as table_name,
        date_key::bigint as found_key,
        date_key(date)::bigint as expected_key
    from dim_date
    union all
    select
        'dim_source',
        source_key,
        key_of(source_id)
    from dim_source
    union all
    select
        'dim_paper',
        paper_key,
        paper_key(arxiv_id)
    from dim_paper
    union all
    select
        'dim_author',
        author_key,
        key_of(author_name)
    from dim_author
    union all
    select
        'dim_task',
        task_key,
        key_of(task_name)
    from dim_task
    union all
    select
        'dim_category',
        category_key,
        key_of(category_code)
    from dim_category
    union all
    select
        'dim_repository',
        repository_key,
        coalesce(repository_id, key_of(lower(full_name)))
    from dim_repository
    union all
    select
        'dim_hub_resource',
        hub_resource_key,
        hub_resource_key(kind, resource_id)
    from dim_hub_resource
    union all
    select
        'fct_listing',
        listing_key,
        listing_key(source_id, listing_date, arxiv_id)
    from fct_listing
    join dim_source using (source_key)
    join dim_paper using (paper_key)
    union all
    select
        'fct_listing.date_key',
        date_key,
        date_key(listing_date)
    from fct_listing
    union all
    select
        'fct_source_day.date_key',
        date_key,
        date_key(listing_date)
    from fct_source_day
)

select
    table_name,
    found_key,
    expected_key
from computed
where found_key <> -1 and found_key is distinct from expected_key;
