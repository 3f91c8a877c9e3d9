-- Question: Length of summaries over time, by source
-- Order: 32
-- Trap: lengths are in characters, not bytes. Empty cells are counted separately, not as length 0. What some sources
-- give is the abstract, which its authors wrote, and no summary (is_abstract).
select
    date_trunc('month', fct_listing.listing_date)::date as month,
    dim_source.source_id,
    dim_source.lists_abstracts as is_abstract,
    count(*) as listings,
    count(*) - count(fct_listing.summary) as without_summary,
    median(length(fct_listing.summary)) as median_characters,
    min(length(fct_listing.summary)) as fewest_characters,
    max(length(fct_listing.summary)) as most_characters
from fct_listing
join dim_source using (source_key)
group by month, dim_source.source_id, dim_source.lists_abstracts
order by month, dim_source.source_id;
