-- Rule: No day failed: neither for want of an answer nor because more of its rows were rejected than read.
-- Table: fct_source_day
-- Severity: warning
select
    dim_source.source_id,
    day.listing_date,
    day.rejected_count,
    day.row_count,
    day.header,
    day.reason
from fct_source_day as day
join dim_source using (source_key)
where day.outcome = 'failed'
order by day.listing_date, dim_source.source_id;
