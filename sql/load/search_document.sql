-- Grain: one row per paper with its length in words, for search_papers().
-- Rerun: same rows.
delete from search_document
where paper_key in (select paper_key from scope_search);

insert into search_document by name
with counted as (
    select
        paper_key,
        sum(weight)::integer as term_count
    from search_term
    where paper_key in (select paper_key from scope_search)
    group by paper_key
)

select
    search_key.paper_key,
    search_key.text_key,
    coalesce(counted.term_count, 0) as term_count
from search_key
semi join scope_search using (paper_key)
left join counted using (paper_key)
order by search_key.paper_key;
