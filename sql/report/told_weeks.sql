-- Grain: one row per ISO week from $from_week up to $to_date with a page that gives labels. Labels of other weeks are
-- unknown, not zero.
select distinct date_trunc('week', listing_date)::date as week_start
from fct_listing
where listing_date between $from_week and $to_date and task_count is not null
order by week_start;
