-- A word of a paper is there once, with its weight. Table: search_term. Severity: error.
-- Counted in full only for papers whose weights do not sum to their length: there are millions of words.
with weighed as (
    select paper_key, sum(weight) as term_count
    from search_term
    group by paper_key
),

doubtful as (
    select paper_key
    from weighed
    left join search_document using (paper_key)
    where weighed.term_count is distinct from search_document.term_count
)

select
    term,
    paper_key,
    count(*) as row_count
from search_term
semi join doubtful using (paper_key)
group by all
having count(*) > 1;
