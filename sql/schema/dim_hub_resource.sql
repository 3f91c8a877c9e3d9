-- Key: hub_resource_key
-- Natural key: kind, lower(resource_id)
create table dim_hub_resource (
    hub_resource_key bigint not null, -- 63 bits of the md5 of kind/resource_id in lower case; -1 is the unknown
    -- resource
    kind varchar not null, -- model, dataset, space, collection or account; an account may be a model of the early days,
    -- which has no owner
    is_kind_guessed boolean not null, -- no link says the kind: owner/name alone is called a model and may be a dataset,
    -- datasets/name is called a dataset and may be an account
    resource_id varchar not null, -- as the first link writes it: owner/name, or the account alone; without a link, as
    -- Hugging Face does
    owner varchar not null, -- account that owns it, by the link
    url varchar not null, -- canonical address
    first_listed_date date, -- first day with a listing that links to it; null if Hugging Face alone connects it with a
    -- paper
    hub_id varchar, -- Hugging Face's id of what the link last led to; null if never found. Another id under the same
    -- name is another resource, and two rows with one id are one resource with two names
    hub_name varchar, -- owner/name as Hugging Face last had it; differs from resource_id after a rename
    licence varchar, -- as last seen, like mit; null if none is tagged
    is_gated boolean, -- as last seen: its files are given to those who ask; the numbers are public all the same
    is_disabled boolean, -- as last seen: disabled by Hugging Face
    library varchar, -- as last seen, like transformers; models only
    pipeline_task varchar, -- as last seen, like text-generation; models only
    sdk varchar, -- as last seen, like gradio; spaces only
    base_models varchar[], -- as last seen: the models that a model is made of, sorted; empty if none
    created_at timestamp, -- UTC; 2022-03-02 also stands for everything before
    modified_at timestamp, -- last change as last seen, UTC
    status varchar not null, -- found; not_public: private or gone, which Hugging Face does not tell apart; pending: no
    -- answer yet; not_asked: an account or a collection, which have no numbers, or one that no listing links to;
    -- unknown: the unknown resource
    observed_at timestamp, -- the answer that decides the status, UTC; null while pending
    seen_at timestamp -- the last answer that found it, UTC: as of then is what describes it
);

insert into dim_hub_resource (hub_resource_key, kind, is_kind_guessed, resource_id, owner, url, status)
values (-1, '(unknown)', false, '(unknown)', '(unknown)', '(unknown)', 'unknown');
