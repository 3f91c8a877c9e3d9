-- Rule: A page has the same columns as the page before it of the same document: none is new to us, and none has gone.
-- In JSON, columns are keys.
-- Table: rejected_row
-- Severity: warning
with page as (
    select
        page.source_id,
        page.document_id,
        page.document,
        day.listing_date,
        page.header,
        coalesce(page.unknown_columns, []) as unknown_columns,
        coalesce(page.missing_columns, []) as missing_columns
    from fct_source_day as day
    join dim_source using (source_key)
    join staging.page as page
        on
            page.source_id = dim_source.source_id
            and page.listing_date = day.listing_date
            and page.sha256 in (day.document_sha256, day.companion_sha256)
),

compared as (
    select
        *,
        lag(unknown_columns, 1, []) over document_in_time as unknown_before,
        lag(missing_columns) over document_in_time as missing_before
    from page
    window document_in_time as (partition by document_id order by listing_date)
)

select
    source_id,
    listing_date,
    list_filter(unknown_columns, lambda name: not list_contains(unknown_before, name)) as new_columns,
    list_filter(missing_columns, lambda name: not list_contains(missing_before, name)) as columns_gone,
    document,
    header
from compared
where len(new_columns) > 0 or len(columns_gone) > 0
order by source_id, listing_date, document;
