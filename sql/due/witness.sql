-- Grain: one row, or none at first: a paper that arXiv is known to have. Where it comes back, the absence of the others
-- that were asked for with it can be believed.
select max(arxiv_id) as arxiv_id
from answered_paper
where status = 'found'
having count(*) > 0;
