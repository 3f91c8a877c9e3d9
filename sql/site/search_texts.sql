-- Grain: one row per paper of the search, in the order of search_documents.sql, with its texts as search_papers()
-- compares a phrase with them.
with paper_text as (
    select
        paper_key,
        unnest([title, abstract]) as text
    from dim_paper
    semi join search_document using (paper_key)
    union
    select
        paper_key,
        summary
    from fct_listing
    semi join search_document using (paper_key)
)

select
    paper_text.paper_key,
    list(
        ' ' || regexp_replace(
            regexp_replace(
                replace(lower(strip_accents(paper_text.text)), 'ß', 'ss'),
                '([\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}ー]+)', ' \1 ', 'g'
            ),
            '[^\pL\pM\pN]+', ' ', 'g'
        )
        order by paper_text.text
    ) filter (paper_text.text is not null) as texts
from paper_text
join dim_paper using (paper_key)
group by paper_text.paper_key, dim_paper.first_listed_date, dim_paper.arxiv_id
order by dim_paper.first_listed_date, dim_paper.arxiv_id;
