-- Grain: one row per source: the counts of its days and rows, when it last spoke and was last asked for, and when it
-- ended, if that is known. Reads the published file.
with outcomes as (
    select
        source_id,
        count(*) filter (where outcome = 'published') as published_count,
        count(*) filter (where outcome = 'empty') as empty_count,
        count(*) filter (where outcome = 'absent') as absent_count,
        count(*) filter (where outcome = 'failed') as failed_count,
        sum(listing_count)::bigint as listing_count,
        sum(rejected_count)::bigint as rejected_count,
        max(listing_date) filter (where outcome = 'published') as last_page_date,
        max(listing_date) as last_asked_date,
        list(listing_date order by listing_date) filter (where outcome = 'failed') as failed_dates
    from fct_source_day
    join dim_source using (source_key)
    group by source_id
)

-- Missing days are counted up to yesterday, since today's page may still come, and up to the end of a source that has
-- ended.
select
    dim_source.source_id,
    dim_source.first_date,
    coalesce(outcomes.published_count, 0) as published_count,
    coalesce(outcomes.empty_count, 0) as empty_count,
    coalesce(outcomes.absent_count, 0) as absent_count,
    coalesce(outcomes.failed_count, 0) as failed_count,
    (least($today::date, dim_source.last_date + 1) - dim_source.first_date) - (
        select count(*)
        from fct_source_day as day
        where
            day.source_key = dim_source.source_key
            and day.listing_date < least($today::date, dim_source.last_date + 1)
    ) as missing_count,
    coalesce(outcomes.listing_count, 0) as listing_count,
    coalesce(outcomes.rejected_count, 0) as rejected_count,
    dim_source.last_date as ended_date,
    outcomes.last_page_date,
    outcomes.last_asked_date,
    outcomes.failed_dates
from dim_source
left join outcomes using (source_id)
where dim_source.source_key <> -1
order by dim_source.source_id;
