-- A label is there once, exactly as written. Table: dim_task. Severity: error.
select
    task_name,
    count(*) as row_count
from dim_task
group by all
having count(*) > 1;
