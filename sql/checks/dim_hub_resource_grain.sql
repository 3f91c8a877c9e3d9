-- A Hugging Face resource is there once, whatever the case of the links to it. Table: dim_hub_resource. Severity: error.
select
    kind,
    lower(resource_id) as resource_id,
    count(*) as row_count
from dim_hub_resource
group by all
having count(*) > 1;
