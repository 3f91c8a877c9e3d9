-- Grain: one row per paper and GitHub repository that any listing of it links to, with a weight that sums to 1 a paper.
-- The url is the first link as written. Accounts, project pages and links that lead nowhere are in rejected_link
-- instead.
-- Key: paper_key, repository_key
create view mart_code as
select
    fct_listing.paper_key, -- the paper
    link.repository_key, -- the repository
    min(fct_listing.listing_date) as first_linked_date, -- day of the first listing of the paper that links to it
    arg_min(link.url, (fct_listing.listing_date, fct_listing.listing_key)) as url, -- the first link to it as written
    1 / count(*) over (partition by fct_listing.paper_key) as weight -- share of the paper: sums to 1 over a paper's
    -- repositories
from bridge_listing_repository as link
join fct_listing using (listing_key)
group by fct_listing.paper_key, link.repository_key;
