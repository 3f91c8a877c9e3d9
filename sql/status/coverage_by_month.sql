-- Grain: one row per month and source, newest first: the outcomes of its days, and their listings.
select
    strftime(listing_date, '%Y-%m') as month,
    source_id,
    count(*) filter (where outcome = 'published') as published_count,
    count(*) filter (where outcome = 'empty') as empty_count,
    count(*) filter (where outcome = 'absent') as absent_count,
    count(*) filter (where outcome = 'failed') as failed_count,
    sum(listing_count)::bigint as listing_count
from fct_source_day
join dim_source using (source_key)
group by all
order by month desc, source_id;
