-- Question: Withdrawn papers that had been listed
-- Order: 19
-- Trap: arXiv keeps withdrawn papers, and only the authors' comment says so, as of observed_at, or DataCite, as of its
-- weekly look. Papers without an answer may be withdrawn too.
select
    dim_paper.arxiv_id,
    dim_paper.title,
    dim_paper.comment,
    dim_paper.observed_at,
    dim_paper.first_listed_date,
    count(*) as listings,
    list(distinct dim_source.source_id order by dim_source.source_id) as sources
from dim_paper
join fct_listing using (paper_key)
join dim_source using (source_key)
where dim_paper.is_withdrawn
group by all
order by dim_paper.first_listed_date, dim_paper.arxiv_id;
