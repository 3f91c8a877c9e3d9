-- Grain: one row per source and calendar day (UTC), from the source's first day to the newest day with any answer: the
-- outcome, or 'not asked'. A page may still come for the newest day itself. Most weekends have no page, and a source
-- that has ended has none any more.
-- Key: source_id, date
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
    dim_source.source_id, -- the source
    dim_date.date, -- the calendar day, UTC
    dim_date.iso_year, -- year of the ISO week
    dim_date.iso_week, -- ISO week, 1 to 53
    dim_date.weekday, -- ISO weekday: 1 is Monday, 7 is Sunday
    dim_date.is_weekend, -- Saturday or Sunday
    coalesce(dim_date.date > dim_source.last_date, false) as has_ended, -- the source had ended by that day: no page is
    -- expected
    coalesce(day.outcome, 'not asked') as outcome, -- published, empty (a page without a paper), absent (no page, and
    -- the day is over), failed (no usable answer), not asked
    day.reason, -- why failed, for a person; null otherwise
    case when day.outcome <> 'failed' then day.listing_count end as listing_count, -- papers listed, each once; 0 if
    -- absent, null if failed or not asked: nobody knows how many there are
    day.rejected_count, -- rows of the page that could not be read; 0 without a page, null if not asked
    day.fetched_at -- when this outcome first came, UTC; null if not asked
from dim_source
cross join heard
join dim_date on dim_date.date between dim_source.first_date and heard.last_date
left join fct_source_day as day on dim_source.source_key = day.source_key and dim_date.date_key = day.date_key;
