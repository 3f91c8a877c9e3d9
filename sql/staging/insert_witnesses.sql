-- About: loads the repositories that others than the list name, with the keys of the listings.

insert into staging.witness by name
select
    source_id,
    document_id,
    listing_date,
    sha256,
    listing_key(source_id, listing_date, arxiv_id) as listing_key,
    arxiv_id,
    url,
    kind,
    target,
    reason
from incoming;
