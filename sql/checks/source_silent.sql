-- Rule: No source is silent for longer than its longest silence between two pages so far. Days are those that were
-- answered: a page without papers counts as silence, an outage does not, nor does a day for which nobody asked. Of a
-- source that is known to have ended, silence is expected.
-- Table: dim_source
-- Severity: warning
with day as (
    select
        source_key,
        listing_date,
        count(*) filter (where outcome = 'published') over (
            partition by source_key order by listing_date
        ) as spell_number -- a spell is a day with papers and the answers without any up to the next one
    from fct_source_day
    where outcome <> 'failed'
),

spell as (
    select
        source_key,
        min(listing_date) as page_date,
        count(*) as day_count,
        lead(spell_number) over (partition by source_key order by spell_number) is null as is_last
    from day
    where spell_number > 0
    group by source_key, spell_number
),

silence as (
    select
        source_key,
        max(page_date) as last_date,
        max(day_count) filter (where is_last) - 1 as silent_days,
        max(day_count) filter (where not is_last) as longest_gap_days
    from spell
    group by source_key
    having count(*) >= 10 -- too few pages do not show what is usual
)

select
    source_key,
    silence.last_date,
    silence.silent_days,
    silence.longest_gap_days
from silence
join dim_source using (source_key)
where
    silence.silent_days > silence.longest_gap_days
    and (dim_source.last_date is null or silence.last_date > dim_source.last_date)
order by source_key;
