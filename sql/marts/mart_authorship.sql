-- Grain: one row per paper and place in its list of authors. The list is arXiv's, or until arXiv has answered that of
-- the listing that names most, of several the first: tables have at most five names, among them account names.
-- Key: paper_key, position
create view mart_authorship as
with naming_listing as (
    select
        paper_key,
        arg_min(listing_key, (-author_count, listing_number)) as listing_key
    from fct_listing
    where author_count > 0
    group by paper_key
),

listed as (
    select
        naming_listing.paper_key,
        listing_author.author_key,
        listing_author.position
    from bridge_listing_author as listing_author
    join naming_listing using (listing_key)
),

arxiv_paper as (
    select distinct paper_key from bridge_paper_author
)

select
    paper_key, -- the paper
    author_key, -- the name
    position, -- order on the paper, from 1
    true as is_from_arxiv -- true if from arXiv's list, false if from a listing, which may have five names at most
from bridge_paper_author
union all
select
    paper_key,
    author_key,
    position,
    false
from listed
anti join arxiv_paper using (paper_key);
