-- Grain: one row per source that by $today has been silent for longer than its longest silence between two pages, and
-- for longer than a week. Days are those that were answered: a list without papers is silence; of a day that failed, or
-- for which nobody asked, nothing is known. A source that is known to have ended is no news. Reads the published file.
with day as (
    select
        source_key,
        listing_date,
        count(*) filter (where outcome = 'published') over (
            partition by source_key order by listing_date
        ) as spell_number -- a spell is a day with papers and the answers without any up to the next one
    from fct_source_day
    where outcome <> 'failed' and listing_date <= $today::date
),

spell as (
    select
        source_key,
        min(listing_date) as page_date,
        max(listing_date) as answered_date,
        count(*) as day_count,
        lead(spell_number) over (partition by source_key order by spell_number) is null as is_last
    from day
    where spell_number > 0
    group by source_key, spell_number
),

-- Today still goes on. It counts if yesterday was answered.
silence as (
    select
        source_key,
        max(page_date) as last_date,
        max(day_count) filter (where is_last) - 1 as answered_days,
        answered_days + (max(answered_date) = $today::date - 1)::integer as silent_days,
        greatest(coalesce(max(day_count) filter (where not is_last), 0), 7) as longest_days
    from spell
    group by source_key
)

select
    dim_source.source_id,
    silence.last_date,
    silence.silent_days,
    silence.longest_days
from silence
join dim_source using (source_key)
where
    silence.answered_days >= silence.longest_days -- one more day would be longer than ever
    and (dim_source.last_date is null or silence.last_date > dim_source.last_date)
order by dim_source.source_id;
