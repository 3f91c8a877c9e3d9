-- Question: Papers that one source lists and the other does not
-- Order: 22
-- Trap: only days count for which every source has a page; and a paper that another source lists on any other day is no
-- such paper.
with covered as (
    select date_key
    from fct_source_day
    where outcome = 'published'
    group by date_key
    having count(*) = (select count(distinct source_key) from fct_source_day)
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
    min(fct_listing.listing_date) as listing_date
from fct_listing
semi join covered using (date_key)
semi join paper using (paper_key)
join dim_paper using (paper_key)
join dim_source using (source_key)
group by dim_source.source_id, dim_paper.arxiv_id, dim_paper.title
order by dim_source.source_id, listing_date, dim_paper.arxiv_id;
