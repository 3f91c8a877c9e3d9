-- Key: repository_key, valid_from
create table dim_repository_version (
    repository_key bigint not null, -- GitHub's number
    full_name varchar not null, -- owner/name in this time
    owner varchar not null, -- owner in this time
    name varchar not null, -- name in this time
    description varchar, -- null where none
    language varchar, -- null where none
    license_spdx varchar, -- null where none
    topics varchar[], -- sorted; empty where none
    is_archived boolean, -- read-only in this time
    valid_from timestamp not null, -- first observation with these attributes, UTC
    valid_to timestamp, -- first observation with others; null for the current version
    is_current boolean not null -- one a repository
);
