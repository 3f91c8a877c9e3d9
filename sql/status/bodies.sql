-- Grain: one row per page that is stored, by document, day, bytes, and the headers that the response came with.
select distinct
    document.document_id,
    document.listing_date,
    document.sha256,
    exchange.headers
from staging.document as document
semi join staging.page using (document_id, listing_date, sha256)
join staging.exchange as exchange using (exchange_id);
