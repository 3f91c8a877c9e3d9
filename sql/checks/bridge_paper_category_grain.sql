-- A paper has a category once. Table: bridge_paper_category. Severity: error.
select
    paper_key,
    category_key,
    count(*) as row_count
from bridge_paper_category
group by all
having count(*) > 1;
