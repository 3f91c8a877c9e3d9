-- Grain: one row per arXiv paper that a source lists. Reads staging.listing, staging.paper. Rerun: same rows, same keys; what arXiv has not answered stands as pending.

-- Lineage:
-- paper_key <- staging.listing.paper_key
-- arxiv_id <- staging.listing.arxiv_id
-- title <- staging.paper.title, staging.listing.title
-- abstract <- staging.paper.abstract
-- primary_category <- staging.paper.primary_category
-- submitted_at <- staging.paper.submitted_at
-- updated_at <- staging.paper.updated_at
-- version <- staging.paper.version
-- doi <- staging.paper.doi
-- journal_ref <- staging.paper.journal_ref
-- comment <- staging.paper.comment
-- is_withdrawn <- staging.paper.is_withdrawn
-- first_listed_date <- staging.listing.listing_date
-- observed_at <- staging.paper.observed_at

delete from dim_paper where paper_key in (from scope_paper) and paper_key <> -1;

insert into dim_paper by name
with listed as (
    select
        paper_key,
        any_value(arxiv_id) as arxiv_id,
        arg_min(title, (listing_date, source_id)) as title,
        min(listing_date) as first_listed_date
    from current_listing
    semi join scope_paper using (paper_key)
    group by paper_key
)

select
    listed.paper_key,
    listed.arxiv_id,
    coalesce(paper.title, listed.title) as title,
    paper.abstract,
    paper.primary_category,
    paper.submitted_at,
    paper.updated_at,
    paper.version,
    paper.doi,
    paper.journal_ref,
    paper.comment,
    paper.is_withdrawn,
    listed.first_listed_date,
    coalesce(answer.status, 'pending') as status,
    answer.observed_at
from listed
left join current_answer as answer using (paper_key)
left join staging.paper as paper on answer.arxiv_id = paper.arxiv_id and answer.exchange_id = paper.exchange_id
order by listed.first_listed_date, listed.paper_key;
