-- Grain: one row per response of $exchange_ids to the question for a source's page of a day, in the order they came.
select
    document.document_id,
    document.listing_date,
    document.outcome,
    document.reason,
    document.sha256,
    exchange.url,
    exchange.method,
    exchange.status,
    exchange.fetched_at,
    page.size_bytes
from staging.document as document
join staging.exchange as exchange using (exchange_id)
left join staging.page as page
    on
        document.document_id = page.document_id
        and document.listing_date = page.listing_date
        and document.sha256 = page.sha256
where document.exchange_id in (select unnest($exchange_ids))
order by document.fetched_at, document.exchange_id;
