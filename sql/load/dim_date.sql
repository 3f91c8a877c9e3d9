-- Grain: one row per calendar day (UTC), from 2024-01-01, or the first year with a fact, to the end of the last one.
-- Rerun: same rows, same keys; a year without a fact any more is taken back.
create or replace temp table fact_years as
select
    least(min(date_key), 20240101) // 10000 as first_year,
    greatest(max(date_key), 20241231) // 10000 as last_year
from (
    select date_key from fct_source_day
    union all
    select date_key from fct_repository_day
    union all
    select date_key from fct_listing_day
);

delete from dim_date
where
    year < (select first_year from fact_years)
    or year > (select last_year from fact_years);

insert into dim_date by name
with day as (
    select
        unnest(
            generate_series(
                make_date(first_year::integer, 1, 1),
                make_date(last_year::integer, 12, 31),
                interval 1 day
            )
        )::date as date
    from fact_years
)

select
    date_key(date) as date_key,
    date,
    year(date)::smallint as year,
    quarter(date)::tinyint as quarter,
    month(date)::tinyint as month,
    isoyear(date)::smallint as iso_year,
    week(date)::tinyint as iso_week,
    isodow(date)::tinyint as weekday,
    isodow(date) > 5 as is_weekend
from day
where date_key(date) not in (select date_key from dim_date)
order by date;
