-- Grain: one row per paper and GitHub repository that any listing of it links to, with a weight that sums to 1 over the
-- paper, and whose code it is. The url is the first link as written. Accounts and broken links are in rejected_link.
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
    1 / count(*) over (partition by link.repository_key) as repository_weight, -- share of the repository: sums to 1
    -- over a repository's papers. Multiply its stars by this before they are summed, or each paper counts them again
    any_value(judged.link_role) as link_role, -- whose code it is: own (made for this paper), shared (of its authors,
    -- for several papers or older), tool (made by others), unknown (nothing says it, which is not own). Rank stars over
    -- own alone, or tools lead
    any_value(judged.link_role_reasons) as link_role_reasons, -- the evidence for it, as words; empty if none
    any_value(judged.meant_repository_name) as meant_repository_name -- owner/name that a misspelt link may mean, in
    -- lower case: GitHub does not find the one linked, and finds this one, a letter apart; null for most
from bridge_listing_repository as link
join fct_listing using (listing_key)
join bridge_paper_repository as judged
    on fct_listing.paper_key = judged.paper_key and link.repository_key = judged.repository_key
group by fct_listing.paper_key, link.repository_key;
