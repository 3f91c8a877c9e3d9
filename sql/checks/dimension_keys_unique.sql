-- Rule: No dimension has two rows of one key, and each has its unknown member.
-- Table: dim_paper
-- Severity: error
with keys as (
    select 'dim_date' as dimension, date_key::bigint as member_key from dim_date
    union all select 'dim_source', source_key from dim_source
    union all select 'dim_paper', paper_key from dim_paper
    union all select 'dim_author', author_key from dim_author
    union all select 'dim_task', task_key from dim_task
    union all select 'dim_category', category_key from dim_category
    union all select 'dim_repository', repository_key from dim_repository
    union all select 'dim_hub_resource', hub_resource_key from dim_hub_resource
),

doubled as (
    select dimension, member_key, count(*) as row_count from keys group by all having count(*) > 1
)

select * from doubled
union all
select dimension, -1, 0 from keys group by dimension having count(*) filter (where member_key = -1) = 0;
