-- Rule: Every row of a page is a listing or a rejected row.
-- Table: fct_source_day
-- Severity: error
with listed as (
    select
        source_key,
        listing_date,
        count(*) as listing_count
    from fct_listing
    group by all
),

rejected as (
    select
        source_key,
        listing_date,
        count(*) as rejected_count
    from rejected_row
    join dim_source using (source_id)
    group by all
)

select
    source_key,
    listing_date,
    day.row_count,
    listed.listing_count,
    rejected.rejected_count
from fct_source_day as day
full join listed using (source_key, listing_date)
full join rejected using (source_key, listing_date)
where
    coalesce(listed.listing_count, 0) + coalesce(rejected.rejected_count, 0) is distinct from day.row_count
    or coalesce(listed.listing_count, 0) is distinct from day.listing_count;
