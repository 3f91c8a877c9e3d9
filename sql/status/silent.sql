-- Grain: one row per source that on $today has been silent for longer than its longest gap between two pages so far,
-- and for longer than a week. A list without papers is silence. A source that is known to have ended is no news. Reads
-- the published file.
with page as (
    select
        source_key,
        listing_date,
        lead(listing_date) over (partition by source_key order by listing_date) - listing_date as gap_days
    from fct_source_day
    where outcome = 'published'
),

silence as (
    select
        source_key,
        max(listing_date) as last_date,
        $today::date - max(listing_date) as silent_days,
        greatest(coalesce(max(gap_days), 0), 7) as longest_days
    from page
    group by source_key
)

select
    dim_source.source_id,
    silence.last_date,
    silence.silent_days,
    silence.longest_days
from silence
join dim_source using (source_key)
where
    silence.silent_days > silence.longest_days
    and (dim_source.last_date is null or silence.last_date > dim_source.last_date)
order by dim_source.source_id;
