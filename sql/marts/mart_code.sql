-- Grain: one row per paper and GitHub repository that any listing of it links to, with a weight that sums to 1 over the
-- paper. The url is the first link as written. Accounts, project pages and broken links are in rejected_link.
-- Key: paper_key, repository_key
create view mart_code as
select
    fct_listing.paper_key, -- the paper
    link.repository_key, -- the repository
    min(fct_listing.listing_date) as first_linked_date, -- day of the first listing of the paper that links to it
    arg_min(link.url, fct_listing.listing_number) as url, -- the first link to it as written
    arg_min(link.repository_name, fct_listing.listing_number) as linked_name, -- owner/name in that link, in lower case
    1 / count(*) over (partition by fct_listing.paper_key) as weight, -- share of the paper: sums to 1 over a paper's
    -- repositories
    1 / count(*) over (partition by link.repository_key) as repository_weight -- share of the repository: sums to 1 over
    -- a repository's papers. Multiply its stars by this before they are summed, or each paper counts them again
from bridge_listing_repository as link
join fct_listing using (listing_key)
group by fct_listing.paper_key, link.repository_key;
