-- Question: Papers about a topic: search titles, abstracts and summaries, ranked
-- Order: 26
-- Trap: accents, case, punctuation and plural endings do not matter; a title counts more than a text, a rare word more
-- than a common one (BM25).
-- $words = language model
-- $limit = 20
select
    round(hit.score, 3) as score,
    hit.matched_words,
    dim_paper.arxiv_id,
    dim_paper.first_listed_date,
    dim_paper.title
from search_papers($words) as hit
join dim_paper using (paper_key)
order by hit.score desc, dim_paper.first_listed_date desc, dim_paper.arxiv_id
limit $limit::integer;
