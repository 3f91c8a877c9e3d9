-- Grain: one row per paper and arXiv category. A paper has no row until arXiv has answered.
-- Rerun: same rows, same keys.
delete from bridge_paper_category
where paper_key in (from scope_paper);

insert into bridge_paper_category by name
select distinct
    answer.paper_key,
    key_of(category.code) as category_key,
    coalesce(category.code = paper.primary_category, false) as is_primary
from current_answer as answer
semi join scope_paper using (paper_key)
semi join current_listing using (paper_key)
join staging.paper as paper using (arxiv_id, exchange_id)
cross join unnest(paper.categories) as category (code);
