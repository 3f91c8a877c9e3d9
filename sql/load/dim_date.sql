-- Grain: one row per calendar day (UTC), from 2024-01-01 to the end of the last year with a fact.
-- Rerun: same rows, same keys; a year without a fact any more is taken back.
delete from dim_date
where year > (
    select greatest(max(date_key), 20241231) // 10000
    from (
        select date_key from fct_source_day
        union all
        select date_key from fct_repository_day
    )
);

insert into dim_date by name
with last_day as (
    select greatest(max(date_key), 20241231) // 10000 as year
    from (
        select date_key from fct_source_day
        union all
        select date_key from fct_repository_day
    )
),

day as (
    select unnest(generate_series(date '2024-01-01', make_date(year::integer, 12, 31), interval 1 day))::date as date
    from last_day
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
