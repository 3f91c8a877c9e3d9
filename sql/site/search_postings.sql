-- Grain: one row per word, with the places of the papers that have it, counted from 0 in the order of
-- search_documents.sql, and its weight in each.
with document as (
    select
        search_document.paper_key,
        row_number() over (order by dim_paper.first_listed_date, dim_paper.arxiv_id) - 1 as place
    from search_document
    join dim_paper using (paper_key)
)

select
    search_term.term,
    list(document.place order by document.place) as places,
    list(search_term.weight order by document.place) as weights
from search_term
join document using (paper_key)
group by search_term.term
order by search_term.term;
