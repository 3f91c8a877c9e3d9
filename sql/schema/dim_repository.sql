-- Key: repository_key
-- Natural key: coalesce(repository_id::varchar, lower(full_name))
create table dim_repository (
    repository_key bigint not null, -- GitHub's number once known, until then 63 bits of the md5 of the lower-case name;
    -- -1 is the unknown repository
    repository_id bigint, -- GitHub's number; null until GitHub has answered with one
    full_name varchar not null, -- owner/name as GitHub last wrote it, or as first linked
    owner varchar not null, -- account that owns it
    name varchar not null, -- name without owner
    description varchar, -- as GitHub last gave it; null if none
    homepage varchar, -- as GitHub last gave it; null if none
    language varchar, -- main programming language as GitHub counts; null if there is no code
    license_spdx varchar, -- SPDX id; NOASSERTION is a licence that GitHub cannot name, null is no licence
    topics varchar[], -- sorted; empty if none, null until found
    default_branch varchar, -- null for an empty repository
    is_archived boolean, -- made read-only by its owner; null until found
    is_disabled boolean, -- disabled by GitHub; null until found
    archived_at timestamp, -- UTC; null if it is not archived, or only REST has answered
    is_fork boolean, -- null until found
    parent_full_name varchar, -- owner/name that a fork was made from; null if it is none, or its parent is private
    is_template boolean, -- made to be copied; null until found
    created_at timestamp, -- UTC; null until found
    pushed_at timestamp, -- last push to any branch, UTC; null until found
    latest_release_tag varchar, -- as of details_seen_at; null without a release
    latest_release_at timestamp, -- UTC, as of details_seen_at; null without a release
    last_commit_at timestamp, -- last commit of the default branch, UTC, as of details_seen_at; null if it has none
    readme_bytes bigint, -- size of README.md, as of details_seen_at; null if there is no file of that name
    first_listed_date date, -- first day on which a listing links to it
    status varchar not null, -- pending (not asked or no answer yet), found, not_found (deleted, private, never there
    -- or replaced), blocked (by GitHub), unknown (the unknown repository alone)
    replaced_by_repository_id bigint, -- GitHub's number of the repository that now has its name, where it has no other
    -- name left: deleted and made anew, or taken over; null otherwise
    observed_at timestamp, -- when GitHub last answered for it, UTC; null while pending
    seen_at timestamp, -- when GitHub last described it, UTC; the description is of that time
    details_seen_at timestamp -- when GitHub last told of releases, commits and languages, UTC: only GraphQL does, with
    -- a token; null if it never did
);

insert into dim_repository (repository_key, full_name, owner, name, status)
values (-1, '(unknown)', '(unknown)', '(unknown)', 'unknown');
