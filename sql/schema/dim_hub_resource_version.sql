-- Key: hub_resource_key, valid_from
create table dim_hub_resource_version (
    hub_resource_key bigint not null, -- the resource, by the name in the link
    hub_id varchar not null, -- Hugging Face's id in this time: another one is another resource under the same name
    hub_name varchar not null, -- owner/name in this time
    licence varchar, -- null if none
    is_gated boolean, -- gated in this time
    is_disabled boolean, -- disabled in this time
    library varchar, -- null if none
    pipeline_task varchar, -- null if none
    base_models varchar[], -- sorted; empty if none
    valid_from timestamp not null, -- first observation with these attributes, UTC
    valid_to timestamp, -- first observation with other ones; null for the current version
    is_current boolean not null -- one per resource
);
