-- Grain: one row per source with papers: the newest day that has any, and how many. Reads the star.
select
    dim_source.source_id,
    max(fct_source_day.listing_date) as newest_date,
    arg_max(fct_source_day.listing_count, fct_source_day.listing_date) as listing_count
from fct_source_day
join dim_source using (source_key)
where fct_source_day.outcome = 'published'
group by dim_source.source_id
order by dim_source.source_id;
