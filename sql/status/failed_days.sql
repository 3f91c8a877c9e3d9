-- Grain: one row per source and way of failing, of the days whose last look failed. A day is unreadable if its newest
-- page came and cannot be read: to ask again brings the same bytes until the source corrects them. The reason is that
-- of the first day: once a host gave nothing, the days behind it were not asked for. Reads the published file.
select
    dim_source.source_id,
    day.document_sha256 is not null as is_unreadable,
    count(*) as day_count,
    min(day.listing_date) as first_date,
    max(day.listing_date) as last_date,
    arg_min(coalesce(day.reason, day.correction_failure), day.listing_date) as reason
from fct_source_day as day
join dim_source using (source_key)
where day.outcome = 'failed' or day.correction_failure is not null
group by dim_source.source_id, is_unreadable
order by dim_source.source_id, is_unreadable;
