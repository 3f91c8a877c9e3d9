-- Rule: A page has the columns of the page before: none that nobody knows, and none of theirs gone.
-- Table: rejected_row
-- Severity: warning
with page as (
    select
        dim_source.source_id,
        day.listing_date,
        page.header,
        page.unknown_columns,
        page.missing_columns,
        lag(page.missing_columns) over (partition by dim_source.source_id order by day.listing_date) as missing_before
    from fct_source_day as day
    join dim_source using (source_key)
    join staging.page as page
        on
            page.source_id = dim_source.source_id
            and page.listing_date = day.listing_date
            and page.sha256 = day.document_sha256
)

select
    source_id,
    listing_date,
    unknown_columns,
    list_filter(missing_columns, lambda name: not list_contains(missing_before, name)) as columns_gone,
    header
from page
where len(unknown_columns) > 0 or len(columns_gone) > 0
order by source_id, listing_date;
