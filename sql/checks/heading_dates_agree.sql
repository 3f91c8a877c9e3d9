-- Rule: The date in a page's heading, or in the entries of a JSON, is the date of its path. If not, the source
-- published the papers of another day.
-- Table: fct_source_day
-- Severity: warning
select
    dim_source.source_id,
    day.listing_date,
    page.heading_date,
    page.document
from fct_source_day as day
join dim_source using (source_key)
join staging.page as page
    on
        page.source_id = dim_source.source_id
        and page.listing_date = day.listing_date
        and page.sha256 in (day.document_sha256, day.companion_sha256)
where page.heading_date <> day.listing_date
order by dim_source.source_id, day.listing_date, page.document;
