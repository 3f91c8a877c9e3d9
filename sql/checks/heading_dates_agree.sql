-- Rule: The day in a page's heading is the day it stands under: else the source published one day's papers as
-- another's.
-- Table: fct_source_day
-- Severity: warning
select
    dim_source.source_id,
    day.listing_date,
    page.heading_date
from fct_source_day as day
join dim_source using (source_key)
join staging.page as page
    on
        page.source_id = dim_source.source_id
        and page.listing_date = day.listing_date
        and page.sha256 = day.document_sha256
where page.heading_date <> day.listing_date
order by dim_source.source_id, day.listing_date;
