-- Rule: No page with papers is the page of the source's last day before it once more: such a source fills a day with
-- another one's list.
-- Table: fct_source_day
-- Severity: warning
with page as (
    select
        source_key,
        listing_date,
        listing_count,
        document_sha256,
        lag(listing_date) over pages_before as date_before,
        lag(document_sha256) over pages_before as sha256_before
    from fct_source_day
    where outcome = 'published'
    window pages_before as (partition by source_key order by listing_date)
)

select
    dim_source.source_id,
    page.listing_date,
    page.date_before,
    page.listing_count
from page
join dim_source using (source_key)
where page.document_sha256 = page.sha256_before
order by dim_source.source_id, page.listing_date;
