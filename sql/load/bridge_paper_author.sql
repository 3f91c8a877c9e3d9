-- Grain: one row per author of a paper as arXiv has them, in order. No row until arXiv has answered.
-- Rerun: same rows, same keys.
delete from bridge_paper_author
where paper_key in (from scope_paper);

insert into bridge_paper_author by name
select
    answer.paper_key,
    key_of(author.author.name) as author_key,
    author.position::integer as position,
    author.author.affiliations as affiliations
from current_answer as answer
semi join scope_paper using (paper_key)
semi join current_listing using (paper_key)
join staging.paper as paper using (arxiv_id, exchange_id)
cross join unnest(paper.authors) with ordinality as author (author, position);
