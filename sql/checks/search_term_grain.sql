-- Rule: A word of a paper is there once, with its weight.
-- Table: search_term
-- Severity: error
-- Note: Counted word by word for the 20,000 papers listed last, some five years of them; of older ones for those whose
-- weights do not sum to their length. To count all 17 million words of 160,000 papers would take three times as long
-- and three times the memory of this, at every publish.
with recent as (
    select paper_key
    from dim_paper
    order by first_listed_date desc, paper_key
    limit 20_000
),

weighed as (
    select
        paper_key,
        sum(weight) as term_count
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
semi join (
    from recent
    union
    from doubtful
) using (paper_key)
group by all
having count(*) > 1;
