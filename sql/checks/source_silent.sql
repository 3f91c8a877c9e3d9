-- Rule: No source is silent for longer than its longest gap between two pages so far. A page without papers counts as
-- silence, an outage does not. Of one that is known to have ended, silence is expected.
-- Table: dim_source
-- Severity: warning
with page as (
    select
        source_key,
        listing_date,
        listing_date - lag(listing_date) over (partition by source_key order by listing_date) as gap_days
    from fct_source_day
    where outcome = 'published'
),

spoken as (
    select
        source_key,
        max(listing_date) as last_date,
        max(gap_days) as longest_gap_days
    from page
    group by source_key
    having count(*) >= 10 -- too few pages do not show what is usual
),

asked as (
    select
        source_key,
        max(listing_date) as asked_date
    from fct_source_day
    where outcome <> 'failed'
    group by source_key
)

select
    source_key,
    spoken.last_date,
    asked.asked_date - spoken.last_date as silent_days,
    spoken.longest_gap_days
from spoken
join asked using (source_key)
join dim_source using (source_key)
where
    asked.asked_date - spoken.last_date > spoken.longest_gap_days
    and (dim_source.last_date is null or spoken.last_date > dim_source.last_date)
order by source_key;
