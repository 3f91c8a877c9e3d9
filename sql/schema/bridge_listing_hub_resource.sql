-- Key: listing_key, hub_resource_key
create table bridge_listing_hub_resource (
    listing_key bigint not null, -- the listing
    hub_resource_key bigint not null, -- the resource
    url varchar not null, -- the first link to it as written
    link_count integer not null -- links of the listing that lead to it
);
