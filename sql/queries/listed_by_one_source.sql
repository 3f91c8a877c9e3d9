-- Question: Papers that one source lists and no other does
-- Order: 22
-- Trap: only days on which another source has a page too count (compared_with), and a paper that another source lists
-- on any other day is left out.
with covered as (
    select
        date_key,
        list(source_id order by source_id) as sources
    from fct_source_day
    join dim_source using (source_key)
    where outcome = 'published'
    group by date_key
    having count(*) > 1
),

paper as (
    select paper_key
    from fct_listing
    group by paper_key
    having count(distinct source_key) = 1
)

select
    dim_source.source_id,
    dim_paper.arxiv_id,
    dim_paper.title,
    min(fct_listing.listing_date) as listing_date,
    list_filter(
        arg_min(covered.sources, fct_listing.listing_date), lambda name: name <> dim_source.source_id
    ) as compared_with
from fct_listing
join covered using (date_key)
semi join paper using (paper_key)
join dim_paper using (paper_key)
join dim_source using (source_key)
group by dim_source.source_id, dim_paper.arxiv_id, dim_paper.title
order by dim_source.source_id, listing_date, dim_paper.arxiv_id;
