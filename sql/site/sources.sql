-- Grain: one row per source that was ever asked, by its id: its licence, its first day, its end, what it can tell, and
-- the counts of its days and listings.
with outcomes as (
    select
        source_key,
        count_if(outcome = 'published') as published_count,
        count_if(outcome = 'empty') as empty_count,
        count_if(outcome = 'absent') as absent_count,
        count_if(outcome = 'failed') as failed_count,
        sum(listing_count)::bigint as listing_count,
        sum(rejected_count)::bigint as rejected_count,
        max(listing_date) filter (where outcome = 'published') as last_page_date
    from fct_source_day
    group by source_key
)

select
    dim_source.* replace (nullif(dim_source.licence, 'NOASSERTION') as licence), -- nobody states one: it is unknown
    outcomes.* exclude (source_key)
from dim_source
join outcomes using (source_key)
order by dim_source.source_id;
