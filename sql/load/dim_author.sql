-- Grain: one row per author name, as written on a page or by arXiv.
-- Rerun: same rows, same keys.
delete from dim_author
where
    author_key in (from scope_author)
    and author_key not in (
        select author_key from bridge_listing_author
        where author_key in (from scope_author)
    )
    and author_key not in (
        select author_key from bridge_paper_author
        where author_key in (from scope_author)
    );

insert into dim_author by name
with named as (
    select unnest(authors) as author_name
    from current_listing
    semi join scope_listing using (listing_key)
    union
    select author.author.name as author_name
    from staging.paper as paper
    semi join (from current_answer semi join scope_paper using (paper_key)) using (arxiv_id, exchange_id)
    semi join (from fct_listing semi join scope_paper using (paper_key)) as listed
        on listed.paper_key = paper_key(arxiv_id)
    cross join unnest(paper.authors) as author (author)
)

select
    key_of(author_name) as author_key,
    author_name
from named
where key_of(author_name) not in (select author_key from dim_author)
order by author_name;
