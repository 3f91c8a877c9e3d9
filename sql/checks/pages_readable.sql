-- Rule: No day failed: each had an answer, and of its newest page more rows were read than rejected.
-- Table: fct_source_day
-- Severity: warning
select
    dim_source.source_id,
    day.listing_date,
    day.rejected_count,
    day.row_count,
    day.header,
    coalesce(day.reason, day.correction_failure) as reason
from fct_source_day as day
join dim_source using (source_key)
where day.outcome = 'failed' or day.correction_failure is not null
order by day.listing_date, dim_source.source_id;
