-- Key: listing_key, date_key
create table fct_listing_day (
    listing_key bigint not null, -- the listing
    date_key integer not null, -- UTC day of the look, never the day of the list
    observed_at timestamp not null, -- the last look of the day, UTC
    upvotes_count integer, -- upvotes as shown; null where they were not
    comments_count integer, -- comments as shown; null where they were not
    position integer not null, -- place in the list as shown, from 1; it moves with the upvotes
    stars_count bigint -- stars of the repository on GitHub as the list knew them, which may be days old; null where
    -- they were not shown
);
