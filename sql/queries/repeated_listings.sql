-- Question: Papers listed on several days, or by several sources
-- Order: 20
-- Trap: several days of one source and several sources on one day are two different things, so both are shown.
-- Two documents of one source and day are one listing.
with listed as (
    select
        paper_key,
        count(distinct listing_date) as days,
        count(distinct source_key) as source_count,
        count(*) as listings,
        min(listing_date) as first_listed_date,
        max(listing_date) as last_listed_date
    from fct_listing
    group by paper_key
    having listings > 1
)

select
    dim_paper.arxiv_id,
    dim_paper.title,
    listed.days,
    listed.source_count,
    listed.listings,
    listed.first_listed_date,
    listed.last_listed_date,
    listed.last_listed_date - listed.first_listed_date as days_apart
from listed
join dim_paper using (paper_key)
order by listed.days desc, listed.listings desc, days_apart desc, dim_paper.arxiv_id;
