-- Rule: A paper's citations are never fewer than none, have the UTC day on which they were observed, and were told by
-- the provider at that moment.
-- Table: fct_paper_citation_day
-- Severity: error
with answer as (
    select
        paper_key(subject_id) as paper_key,
        service as provider,
        attempted_at as observed_at
    from enrichment_attempt
    where service = 'semantic_scholar' and outcome = 'found'
)

select
    citation.paper_key,
    citation.date_key,
    citation.citation_count,
    citation.influential_citation_count,
    citation.observed_at
from fct_paper_citation_day as citation
left join answer using (paper_key, provider, observed_at)
where
    answer.paper_key is null
    or citation.citation_count < 0
    or citation.influential_citation_count < 0
    or citation.date_key <> date_key(citation.observed_at::date);
