-- Rule: Nothing is listed on a day before arXiv had it: else an id is wrong, or a page stands under the wrong day.
-- Table: fct_listing
-- Severity: warning
select
    listing.source_key,
    listing.listing_date,
    paper.arxiv_id,
    paper.submitted_at
from fct_listing as listing
join dim_paper as paper using (paper_key)
where paper.submitted_at::date > listing.listing_date
order by listing.listing_date, listing.source_key, paper.arxiv_id;
