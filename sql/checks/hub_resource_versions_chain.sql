-- Rule: The versions of a Hugging Face resource follow each other without gap or overlap, and the last one is current
-- and has the id that the resource was last seen with.
-- Table: dim_hub_resource_version
-- Severity: error
select
    version.hub_resource_key,
    version.valid_from,
    version.valid_to,
    version.is_current,
    version.hub_id,
    resource.hub_id as hub_id_last_seen,
    lead(version.valid_from) over (partition by version.hub_resource_key order by version.valid_from) as next_from
from dim_hub_resource_version as version
left join dim_hub_resource as resource using (hub_resource_key)
qualify
    version.valid_to is distinct from next_from
    or version.valid_to <= version.valid_from
    or version.is_current <> (version.valid_to is null)
    or (version.is_current and version.hub_id is distinct from resource.hub_id);
