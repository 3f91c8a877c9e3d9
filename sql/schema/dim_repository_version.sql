-- Key: repository_key, valid_from
create table dim_repository_version (
    repository_key bigint not null, -- GitHub's number
    full_name varchar not null, -- owner/name in this time
    owner varchar not null, -- owner in this time
    name varchar not null, -- name in this time
    description varchar, -- null if none
    language varchar, -- null if none
    license_spdx varchar, -- null if none
    topics varchar[], -- sorted; empty if none
    is_archived boolean, -- read-only in this time
    parent_full_name varchar, -- owner/name that a fork was made from; null if it is none
    latest_release_tag varchar, -- newest release in this time; null if none, or before GraphQL first told of releases
    valid_from timestamp not null, -- first observation with these attributes, UTC
    valid_to timestamp, -- first observation with other ones; null for the current version
    is_current boolean not null -- one per repository
);
