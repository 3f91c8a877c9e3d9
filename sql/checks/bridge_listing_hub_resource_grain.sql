-- A listing has a Hugging Face resource once, however often it links to it. Table: bridge_listing_hub_resource. Severity: error.
select
    listing_key,
    hub_resource_key,
    count(*) as row_count
from bridge_listing_hub_resource
group by all
having count(*) > 1;
