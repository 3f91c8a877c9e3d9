-- Grain: one row per document and day with a final outcome: nothing to fetch again where it is not failed and the
-- newest page, or what came in its place, could be read. blob_sha is git's name for the newest page that came, readable
-- or not; null if none came, or its bytes are lost. looked_at is the last answer that was no failure. sha256 is of the
-- page shown. reason says why it failed, null where it did not. What came after $now does not count as a look: a clock
-- was wrong then, so that an absence or an empty page of such a time is no answer yet.
with came as (
    select
        document.document_id,
        document.listing_date,
        document.fetched_at,
        document.exchange_id,
        -- Of a page whose bytes are lost there is no name, so that it is asked for again.
        case
            when coalesce(page.outcome, document.outcome) is not null
                then coalesce(page.blob_sha, try_cast(exchange.headers as json) ->> '$."x-blob-sha"')
        end as blob_sha
    from staging.document as document
    left join staging.page as page using (document_id, listing_date, sha256)
    left join staging.exchange as exchange
        on document.exchange_id = exchange.exchange_id and page.blob_sha is null
    where document.sha256 is not null and document.fetched_at <= $now
),

newest as (
    select
        document_id,
        listing_date,
        arg_max({ 'sha': blob_sha }, (fetched_at, exchange_id)).sha as blob_sha
    from came
    group by document_id, listing_date
),

look as (
    select
        document_id,
        listing_date,
        max(fetched_at) as looked_at
    from staging.document
    where outcome is distinct from 'failed' and fetched_at <= $now
    group by document_id, listing_date
),

-- Whether the newest bytes of a day are no page, and nobody knows yet whether the archive has them so.
newest_bytes as (
    select
        document.document_id,
        document.listing_date,
        arg_max(document.sha256 is null, (document.fetched_at, document.exchange_id)) as is_unnamed
    from staging.document as document
    join staging.exchange as exchange using (exchange_id)
    where exchange.status = 200 and exchange.sha256 is not null and document.fetched_at <= $now
    group by document.document_id, document.listing_date
)

select
    document.document_id,
    document.listing_date,
    document.outcome,
    newest.blob_sha,
    document.outcome = 'failed'
    or document.correction_failure is not null
    or coalesce(newest_bytes.is_unnamed, false)
    or (document.outcome in ('absent', 'empty') and document.fetched_at > $now) as is_failed,
    look.looked_at,
    document.sha256,
    coalesce(document.correction_failure, case when document.outcome = 'failed' then document.reason end) as reason
from final_document as document
left join newest using (document_id, listing_date)
left join newest_bytes using (document_id, listing_date)
left join look using (document_id, listing_date)
order by document.document_id, document.listing_date;
