-- Grain: one row per source and day from $from_date to $to_date that was asked for. Reads the published file.
select
    listing_date,
    source_id,
    outcome
from fct_source_day
join dim_source using (source_key)
where listing_date between $from_date and $to_date
order by listing_date, source_id;
