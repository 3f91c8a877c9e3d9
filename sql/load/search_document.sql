-- Grain: one row per paper with its length in words, for search_papers(). Reads search_term. Rerun: same rows.

-- Lineage:
-- term_count <- search_term.weight

delete from search_document where paper_key in (select paper_key from scope_search);

insert into search_document by name
with counted as (
    select paper_key, sum(weight)::integer as term_count
    from search_term
    where paper_key in (select paper_key from scope_search)
    group by paper_key
)

select paper_key, scope_search.text_key, coalesce(counted.term_count, 0) as term_count
from scope_search
left join counted using (paper_key)
where scope_search.text_key is not null
order by paper_key;
