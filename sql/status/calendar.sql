-- Grain: one row per source that was asked in the eight weeks up to the newest day that any was asked for, with a
-- column a week, newest last, and a mark a day from Monday on: ■ papers, ○ a page without papers, – no page, × failed,
-- · not asked, … not yet. Reads the star.
with newest as (
    select max(listing_date) as last_date
    from fct_source_day
),

calendar as (
    select
        range::date as date,
        last_date,
        date_diff('week', date_trunc('week', last_date), date_trunc('week', range)) + 8 as week
    from
        newest,
        range(
            date_trunc('week', last_date) - interval 7 week,
            date_trunc('week', last_date) + interval 7 day,
            interval 1 day
        )
),

marked as (
    select
        dim_source.source_id,
        calendar.date,
        calendar.week,
        case
            when day.outcome = 'published' then '■'
            when day.outcome = 'empty' then '○'
            when day.outcome = 'absent' then '–'
            when day.outcome = 'failed' then '×'
            when calendar.date >= calendar.last_date then '…'
            else '·'
        end as mark,
        day.outcome is not null as is_asked
    from calendar
    cross join dim_source
    left join fct_source_day as day
        on dim_source.source_key = day.source_key and calendar.date = day.listing_date
    where dim_source.source_key <> -1
)

select
    source_id,
    string_agg(mark, '' order by date) filter (where week = 1) as week_1,
    string_agg(mark, '' order by date) filter (where week = 2) as week_2,
    string_agg(mark, '' order by date) filter (where week = 3) as week_3,
    string_agg(mark, '' order by date) filter (where week = 4) as week_4,
    string_agg(mark, '' order by date) filter (where week = 5) as week_5,
    string_agg(mark, '' order by date) filter (where week = 6) as week_6,
    string_agg(mark, '' order by date) filter (where week = 7) as week_7,
    string_agg(mark, '' order by date) filter (where week = 8) as week_8
from marked
group by source_id
having bool_or(is_asked)
order by source_id;
