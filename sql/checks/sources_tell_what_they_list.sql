-- Rule: A source gives labels and links only if the registry of sources says that it can tell them. If not, its
-- listings without any are taken for unknown, though it could have told.
-- Table: dim_source
-- Severity: warning
with listed as (
    select
        source_key,
        count(*) filter (where task_count > 0) as labelled_count,
        count(*) filter (where repository_count > 0) as code_count,
        count(*) filter (where hub_resource_count > 0) as hub_count
    from fct_listing
    group by source_key
)

select
    dim_source.source_id,
    listed.labelled_count,
    listed.code_count,
    listed.hub_count
from listed
join dim_source using (source_key)
where
    (listed.labelled_count > 0 and not dim_source.lists_labels)
    or (listed.code_count > 0 and not dim_source.lists_code)
    or (listed.hub_count > 0 and not dim_source.lists_models)
order by dim_source.source_id;
