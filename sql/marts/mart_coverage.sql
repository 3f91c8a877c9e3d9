-- Grain: one row per source and calendar day (UTC), from the source's first day to the newest day on which this file heard from anyone: the outcome, or 'not asked'. A page may still come for the newest day itself. Weekends without a page are the rule.
create view mart_coverage as
with heard as (
    select max(heard_at)::date as last_date
    from (
        select max(fetched_at) as heard_at from fct_source_day
        union all
        select max(attempted_at) from enrichment_attempt
    )
)

select
    dim_source.source_id,
    dim_date.date,
    dim_date.iso_year,
    dim_date.iso_week,
    dim_date.weekday,
    dim_date.is_weekend,
    coalesce(day.outcome, 'not asked') as outcome,
    day.reason,
    coalesce(day.listing_count, 0) as listing_count,
    coalesce(day.rejected_count, 0) as rejected_count,
    day.fetched_at
from dim_source
cross join heard
join dim_date on dim_date.date between dim_source.first_date and heard.last_date
left join fct_source_day as day on dim_source.source_key = day.source_key and dim_date.date_key = day.date_key;
