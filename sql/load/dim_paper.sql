-- Grain: one row per arXiv paper that a source lists.
-- Rerun: same rows, same keys; a paper without an answer of arXiv or a record of DataCite is pending.
delete from dim_paper
where paper_key in (from scope_paper) and paper_key <> -1;

insert into dim_paper by name
with listed as (
    select
        listing.paper_key,
        listing.arxiv_id,
        listing.title,
        listing.listing_date as first_listed_date
    from current_listing as listing
    semi join scope_paper using (paper_key)
    semi join (
        select listing_key from fct_listing
        where is_first_listing
    ) as first_listing using (listing_key)
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
    paper.is_withdrawn or coalesce(record.is_withdrawn, false) as is_withdrawn,
    record.licence,
    record.version_times,
    listed.first_listed_date,
    coalesce(answer.status, 'pending') as status,
    answer.metadata_source,
    answer.observed_at
from listed
left join current_answer as answer using (paper_key)
left join staging.paper as paper on answer.arxiv_id = paper.arxiv_id and answer.exchange_id = paper.exchange_id
left join (
    from recorded_paper
    where paper_key(arxiv_id) in (from scope_paper)
) as record on listed.arxiv_id = record.arxiv_id
order by listed.first_listed_date, listed.paper_key;
