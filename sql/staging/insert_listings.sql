-- About: loads the rows that the parser read from pages: one row per listing and one per link, with the keys computed
-- once.

insert into staging.listing by name
select
    source_id,
    document_id,
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
    document_id,
    listing_date,
    sha256,
    listing_key(source_id, listing_date, arxiv_id) as listing_key,
    link.column_name,
    link.position,
    link.url,
    link.kind,
    link.target,
    link.is_kind_guessed,
    link.reason,
    link.meant
from incoming
cross join unnest(links) as link (link);
