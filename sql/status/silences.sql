-- Grain: one row per source that was asked for or has ended: since when it has had no papers, for "silent since
-- 2025-10-30 (392 days)". silent_days is null if it never had any. has_ended: nobody expects more. is_silent: it has
-- ended, or is silent for longer than ever before and than a week. Reads the published file.
with page as (
    select
        source_key,
        listing_date,
        lead(listing_date) over (partition by source_key order by listing_date) - listing_date as gap_days
    from fct_source_day
    where outcome = 'published'
),

spoken as (
    select
        source_key,
        max(listing_date) as listed_date,
        greatest(coalesce(max(gap_days), 0), 7) as longest_days
    from page
    group by source_key
),

silence as (
    select
        dim_source.source_id,
        greatest(spoken.listed_date, dim_source.last_date) as last_date,
        coalesce(dim_source.last_date >= coalesce(spoken.listed_date, dim_source.last_date), false) as has_ended,
        spoken.longest_days
    from dim_source
    left join spoken using (source_key)
    where
        dim_source.source_key <> -1
        and (dim_source.last_date is not null or dim_source.source_key in (select source_key from fct_source_day))
)

select
    source_id,
    last_date,
    $today::date - last_date as silent_days,
    has_ended,
    has_ended or coalesce(silent_days > longest_days, false) as is_silent
from silence
order by source_id;
