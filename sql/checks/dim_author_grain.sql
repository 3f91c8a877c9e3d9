-- A name is there once, exactly as written. Table: dim_author. Severity: error.
select
    author_name,
    count(*) as row_count
from dim_author
group by all
having count(*) > 1;
