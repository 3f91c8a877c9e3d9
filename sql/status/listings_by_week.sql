-- Grain: one row per week of the last half year that has listings, newest first, with a bar as long as it has papers.
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
