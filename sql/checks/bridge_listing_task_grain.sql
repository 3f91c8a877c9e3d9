-- A listing has a label once. Table: bridge_listing_task. Severity: error.
select
    listing_key,
    task_key,
    count(*) as row_count
from bridge_listing_task
group by all
having count(*) > 1;
