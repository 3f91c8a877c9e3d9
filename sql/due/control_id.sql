-- Grain: at most one row: a paper that arXiv is known to have. If an answer contains it, ids missing from that answer
-- are really unknown to arXiv.
select max(arxiv_id) as arxiv_id
from answered_paper
where metadata_source = 'arxiv'
having count(*) > 0;
