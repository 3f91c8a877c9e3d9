-- Key: listing_key, position
create table bridge_listing_author (
    listing_key bigint not null, -- the listing
    author_key bigint not null, -- the name
    position integer not null -- order as listed, from 1
);
