-- Grain: one row per paper and word of its title, abstract or summaries. For search_papers(). Reads dim_paper, fct_listing. Rerun: same rows; only papers whose text changed are read again.
create or replace temp table scope_search as
with listed as (
    select paper_key, string_agg(distinct summary, ' ' order by summary) as summaries
    from fct_listing
    semi join scope_paper using (paper_key)
    group by paper_key
),

document as (
    select
        paper_key,
        dim_paper.title,
        concat_ws(' ', dim_paper.abstract, listed.summaries) as text,
        key_of(concat_ws(chr(10), dim_paper.title, text)) as text_key
    from dim_paper
    join listed using (paper_key)
)

select scope_paper.paper_key, document.title, document.text, document.text_key
from scope_paper
left join document using (paper_key)
left join search_document using (paper_key)
where document.text_key is distinct from search_document.text_key;

delete from search_term where paper_key in (select paper_key from scope_search);

insert into search_term by name
with word as (
    select unnest(search_words(title)) as term, paper_key, 3 as weight from scope_search
    union all
    select unnest(search_words(text)), paper_key, 1 from scope_search
)

select term, paper_key, sum(weight)::integer as weight
from word
group by term, paper_key
order by term, paper_key;
