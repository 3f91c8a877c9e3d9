-- Question: Most cited papers, and the stars of their code
-- Order: 37
-- Trap: a count is of the day on which Semantic Scholar was asked (citations_observed_at), of preprint and journal
-- version together; nobody tells how many there were on the day of the listing. A paper that it does not know, or was
-- not asked for, is missing here, and is no paper with 0. Older papers had more time: compare those of one month. Stars
-- are of another day, and of the most starred repository, which papers share.
-- $limit = 20
select
    arxiv_id,
    title,
    first_listed_date,
    citation_count,
    influential_citation_count,
    citations_observed_at,
    repositories[1].full_name as repository,
    stars_count,
    stars_observed_at
from mart_paper
where citation_count is not null
order by citation_count desc, arxiv_id
limit $limit::integer;
