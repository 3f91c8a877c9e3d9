-- Grain: one row per calendar day (UTC), from the year of the earliest source or fact, 2024 at the latest, to the end
-- of the last year with a fact.
-- Rerun: same rows, same keys; a year without a fact any more is taken back.
create or replace temp view calendar_year as
with dated as (
    select date_key from fct_source_day
    union all
    select date_key from fct_repository_day
    union all
    select date_key from fct_listing_day
    union all
    select date_key from fct_hub_resource_day
    union all
    select date_key from fct_paper_hub_day
    union all
    select date_key from fct_paper_citation_day
)

select
    (
        select least(
            coalesce(min(date_key) // 10000, 2024),
            (select year(min(first_date)) from dim_source),
            2024
        ) from dated
    ) as first_year,
    (select greatest(max(date_key) // 10000, 2024) from dated) as last_year;

delete from dim_date
where
    year > (select last_year from calendar_year)
    or year < (select first_year from calendar_year);

insert into dim_date by name
with day as (
    select series.moment::date as date
    from calendar_year
    cross join unnest(generate_series(
        make_date(first_year::integer, 1, 1), make_date(last_year::integer, 12, 31), interval 1 day
    )) as series (moment)
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
