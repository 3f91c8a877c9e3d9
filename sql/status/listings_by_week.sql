-- Grain: one row per week with listings, of the last half year, newest first, with a bar for the number of papers.
with week as (
    select
        date_trunc('week', listing_date)::date as week_date,
        count(*) as listing_count,
        count(distinct paper_key) as paper_count
    from fct_listing
    group by all
)

select
    week_date,
    listing_count,
    paper_count,
    repeat('█', ceil(20 * paper_count / max(paper_count) over ())::int) as bar
from week
order by week_date desc
limit 26;
