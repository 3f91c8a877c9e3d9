-- Grain: one row per paper, provider of citation counts, and UTC day on which it was asked and knew the paper: the last
-- answer of that day. Days without an answer have no row, and nothing is filled in for them.
-- Rerun: same rows, same keys.
delete from fct_paper_citation_day
where paper_key in (from scope_citation);

insert into fct_paper_citation_day by name
select
    paper_key(citation.arxiv_id) as paper_key,
    date_key(citation.observed_at::date) as date_key,
    'semantic_scholar' as provider,
    citation.citation_count,
    citation.influential_citation_count,
    citation.observed_at
from staging.citation as citation
where
    paper_key(citation.arxiv_id) in (from scope_citation)
    and citation.arxiv_id in (select dim_paper.arxiv_id from dim_paper)
qualify
    row_number() over (
        partition by citation.arxiv_id, citation.observed_at::date
        order by citation.observed_at desc, citation.exchange_id desc
    ) = 1
order by date_key, paper_key;
