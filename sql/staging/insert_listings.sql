-- About: Takes in what the parser read of pages: one row per listing, and one per link of it, with the keys computed
-- once.

insert into staging.listing by name
select
    source_id,
    listing_date,
    sha256,
    listing_key(source_id, listing_date, arxiv_id) as listing_key,
    paper_key(arxiv_id) as paper_key,
    position,
    line,
    arxiv_id,
    title,
    summary,
    authors,
    tasks,
    extra
from incoming;

insert into staging.listing_link by name
select
    source_id,
    listing_date,
    sha256,
    listing_key(source_id, listing_date, arxiv_id) as listing_key,
    link.column_name,
    link.position,
    link.url,
    link.kind,
    link.target,
    link.reason
from incoming
cross join unnest(links) as link (link);
