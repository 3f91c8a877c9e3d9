-- Grain: one row per source that by $today has been silent for longer than its longest silence between two pages, and
-- for longer than a week. A source that is known to have ended is no news. Reads the published file.
with newest as (
    select
        *,
        greatest(coalesce(longest_silent_day_count, 0) + 1, 7) as longest_days
    from mart_source_silence
    where listing_date <= $today::date
    qualify listing_date = max(listing_date) over (partition by source_key)
)

select
    dim_source.source_id,
    newest.page_date as last_date,
    -- Today still goes on. It counts if yesterday was answered.
    newest.silent_day_count + (newest.listing_date = $today::date - 1)::integer as silent_days,
    newest.longest_days
from newest
join dim_source using (source_key)
where
    newest.silent_day_count >= newest.longest_days -- one more day would be longer than ever
    and (dim_source.last_date is null or newest.page_date > dim_source.last_date)
order by dim_source.source_id;
