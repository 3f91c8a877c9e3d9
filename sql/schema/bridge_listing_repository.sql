-- Key: listing_key, repository_key
create table bridge_listing_repository (
    listing_key bigint not null, -- the listing
    repository_key bigint not null, -- the repository
    url varchar not null, -- the first link to it as written
    repository_name varchar not null, -- owner/name in that link, in lower case
    link_count integer not null, -- links of the listing that lead to it
    weight double not null -- share of the listing: sums to 1 over a listing's repositories
);
