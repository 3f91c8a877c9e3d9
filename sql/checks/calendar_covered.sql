-- Rule: Every weekday between the first and the last day that a source was asked for has an outcome, up to its end if
-- it has ended. A day without one was never asked for, or was lost.
-- Table: dim_date
-- Severity: warning
with asked as (
    select
        source_key,
        min(date_key) as first_key,
        least(max(date_key), min(date_key(dim_source.last_date))) as last_key
    from fct_source_day
    join dim_source using (source_key)
    group by source_key
)

select
    asked.source_key,
    dim_date.date
from asked
join dim_date on dim_date.date_key between asked.first_key and asked.last_key
anti join fct_source_day as day
    on day.source_key = asked.source_key and day.date_key = dim_date.date_key
where not dim_date.is_weekend
order by asked.source_key, dim_date.date;
