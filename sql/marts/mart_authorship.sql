-- Grain: one row per paper and place in its list of authors: arXiv's list where arXiv has answered, else the first
-- listing's, which ends after five names and may hold account names.
-- Key: paper_key, position
create view mart_authorship as
with listed as (
    select
        fct_listing.paper_key,
        listing_author.author_key,
        listing_author.position
    from bridge_listing_author as listing_author
    join fct_listing using (listing_key)
    where fct_listing.is_first_listing
),

arxiv_paper as (
    select distinct paper_key from bridge_paper_author
)

select
    paper_key, -- the paper
    author_key, -- the name
    position, -- order on the paper, from 1
    true as is_from_arxiv -- arXiv's list; false while arXiv has not answered: the list of the first listing, at most
    -- five names
from bridge_paper_author
union all
select
    paper_key,
    author_key,
    position,
    false
from listed
anti join arxiv_paper using (paper_key);
