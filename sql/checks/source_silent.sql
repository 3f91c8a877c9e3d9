-- Rule: No source is silent for longer than its longest silence between two pages so far. Days are those that were
-- answered: a page without papers counts as silence, an outage does not, nor does a day for which nobody asked. Of a
-- source that is known to have ended, silence is expected.
-- Table: dim_source
-- Severity: warning
with newest as (
    from mart_source_silence
    qualify listing_date = max(listing_date) over (partition by source_key)
)

select
    source_key,
    newest.page_date as last_date,
    newest.silent_day_count as silent_days,
    newest.longest_silent_day_count + 1 as longest_gap_days
from newest
join dim_source using (source_key)
where
    newest.page_number >= 10 -- too few pages do not show what is usual
    and silent_days > longest_gap_days
    and (dim_source.last_date is null or newest.page_date > dim_source.last_date)
order by source_key;
