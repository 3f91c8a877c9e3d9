-- Grain: one row per paper and word of its title, abstract or summaries. An abstract counts once,
-- whoever gives it. Used by search_papers().
-- Rerun: same rows; only papers whose text has changed are read again.
create or replace temp view search_text as
with listed as (
    select
        paper_key,
        string_agg(distinct summary, ' ' order by summary) filter (not lists_abstracts) as summaries,
        arg_min(summary, listing_number) filter (lists_abstracts) as abstract
    from fct_listing
    join dim_source using (source_key)
    semi join scope_paper using (paper_key)
    group by paper_key
)

select
    paper_key,
    dim_paper.title,
    concat_ws(' ', coalesce(dim_paper.abstract, listed.abstract), listed.summaries) as text,
    key_of(concat_ws(chr(10), dim_paper.title, text)) as text_key
from dim_paper
join listed using (paper_key);

create or replace temp table search_key as
select
    paper_key,
    text_key
from search_text;

-- Grain: one row per paper whose text has changed since its words were counted.
create or replace temp table scope_search as
select paper_key
from scope_paper
left join search_key using (paper_key)
left join search_document using (paper_key)
where search_key.text_key is distinct from search_document.text_key;

delete from search_term
where paper_key in (select paper_key from scope_search);

-- Counted paper by paper: one count over all words of all papers would need more memory than everything else.
insert into search_term by name
with counted as (
    select
        paper_key,
        search_terms(title) as title_words,
        list_aggregate(title_words || title_words || title_words || search_terms(text), 'histogram') as weights
    from search_text
    semi join scope_search using (paper_key)
),

word as (
    select
        paper_key,
        unnest(map_entries(weights)) as entry
    from counted
)

select
    entry.key as term,
    paper_key,
    entry.value::integer as weight
from word
order by term, paper_key;
