-- Key: listing_key, site
create table listing_site (
    listing_key bigint not null, -- the listing
    site varchar not null, -- host and path of one thing there, in lower case, such as owner.github.io/name
    host varchar not null, -- the host of the site
    kind varchar not null, -- project_page, other_code (a repository elsewhere than on GitHub), other_artefact (models
    -- or data elsewhere than on Hugging Face)
    url varchar not null, -- the first link to it as written
    link_count integer not null, -- links of the listing that lead to it
    repository_name varchar, -- owner/name on GitHub that a page owner.github.io/name may belong to, in lower case: a
    -- guess that GitHub is asked about; null for any other site
    repository_status varchar, -- what GitHub last said of repository_name: found, not_found, blocked; null if it was
    -- not asked yet. Found says that there is a repository of that name, not that it is the paper's code
    repository_id bigint -- GitHub's number of repository_name; null unless it was found
);
