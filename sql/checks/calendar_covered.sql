-- Rule: Every weekday between the first and the last day that a source was asked for has an outcome: else it was never
-- asked for, or lost.
-- Table: dim_date
-- Severity: warning
with asked as (
    select
        source_key,
        min(date_key) as first_key,
        max(date_key) as last_key
    from fct_source_day
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
