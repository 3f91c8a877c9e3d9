-- A category is there once. Table: dim_category. Severity: error.
select
    category_code,
    count(*) as row_count
from dim_category
group by all
having count(*) > 1;
