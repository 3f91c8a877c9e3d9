-- Grain: one row per listing and UTC day on which its source was looked at: the last look of that day. Days without a
-- look have no row.
-- Rerun: same rows, same keys.
delete from fct_listing_day
where listing_key in (from scope_listing);

insert into fct_listing_day by name
select
    listing_key,
    date_key,
    observed_at,
    upvotes_count,
    comments_count,
    position,
    stars_count
from current_sighting
semi join scope_listing using (listing_key)
order by date_key, listing_key;
