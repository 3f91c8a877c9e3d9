-- Grain: one row per arXiv category.
-- Rerun: same rows, same keys.
delete from dim_category
where
    category_key in (from scope_category)
    and category_key not in (
        select category_key from bridge_paper_category
        where category_key in (from scope_category)
    );

insert into dim_category by name
with code as (
    select distinct unnest(paper.categories) as category_code
    from staging.paper as paper
    join current_answer as answer using (arxiv_id, exchange_id)
    semi join scope_paper using (paper_key)
    semi join current_listing using (paper_key)
)

select
    key_of(category_code) as category_key,
    category_code,
    split_part(category_code, '.', 1) as archive
from code
where key_of(category_code) not in (select category_key from dim_category)
order by category_code;
