-- Key: hub_resource_key
-- Natural key: kind, lower(resource_id)
create table dim_hub_resource (
    hub_resource_key bigint not null, -- 63 bits of the md5 of kind/resource_id in lower case; -1 is the unknown
    -- resource
    kind varchar not null, -- model, dataset, space, collection or account; an account may be a model of the early days,
    -- which has no owner
    is_kind_guessed boolean not null, -- no link says the kind: owner/name alone is called a model and may be a dataset,
    -- datasets/name is called a dataset and may be an account
    resource_id varchar not null, -- as Hugging Face writes it: owner/name, or the account alone
    owner varchar not null, -- account that owns it
    url varchar not null -- canonical address
);

insert into dim_hub_resource (hub_resource_key, kind, is_kind_guessed, resource_id, owner, url)
values (-1, '(unknown)', false, '(unknown)', '(unknown)', '(unknown)');
