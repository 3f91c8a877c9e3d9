-- Grain: one row: what a search can be narrowed by. Reads the published file.
select
    (
        select list(task_name order by task_name) from dim_task
        where task_key <> -1
    ) as labels,
    (
        select list(source_id order by source_id) from dim_source
        where source_key <> -1
    ) as sources,
    min(listing_date) as first_date,
    max(listing_date) as last_date,
    count_if(listing_date between $from_date::date and $to_date::date) as listing_count
from fct_listing;
