-- Grain: one row per source and day that was answered: how long the source had been silent by then. A list without
-- papers is silence; of a day that failed, or for which nobody asked, nothing is known. A source's rows begin with its
-- first papers.
-- Key: source_key, listing_date
create view mart_source_silence as
with answer as (
    select
        source_key,
        listing_date,
        max(listing_date) filter (where outcome = 'published') over (
            partition by source_key order by listing_date
        ) as page_date
    from fct_source_day
    where outcome <> 'failed'
),

silence as (
    select
        source_key,
        listing_date,
        page_date,
        dense_rank() over (partition by source_key order by page_date) as page_number,
        row_number() over (partition by source_key, page_date order by listing_date) - 1 as silent_day_count
    from answer
    where page_date is not null
)

select
    source_key, -- the source
    listing_date, -- the day
    page_date, -- the newest day with papers, up to this one
    page_number, -- how many days had papers, up to this one
    silent_day_count, -- days without papers that were answered since, up to this one
    max(silent_day_count) over (
        partition by source_key order by page_date groups between unbounded preceding and 1 preceding
    ) as longest_silent_day_count -- the longest such silence before page_date; null if that was the first with papers
from silence;
