-- Grain: one row per name in a listing's cell, in the order of the page. Account names stand there too.
-- Rerun: same rows, same keys.
delete from bridge_listing_author
where listing_key in (from scope_listing);

insert into bridge_listing_author by name
select
    listing.listing_key,
    key_of(author.name) as author_key,
    author.position::integer as position
from current_listing as listing
semi join scope_listing using (listing_key)
cross join unnest(listing.authors) with ordinality as author (name, position);
