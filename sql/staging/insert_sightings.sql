-- About: loads what feeds showed of their listings, with the keys of these.

insert into staging.sighting by name
select
    source_id,
    document_id,
    listing_date,
    observed_at,
    listing_key(source_id, listing_date, arxiv_id) as listing_key,
    arxiv_id,
    position,
    upvotes_count,
    comments_count,
    stars_count,
    extra
from incoming;
