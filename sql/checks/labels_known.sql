-- Rule: Every label belongs to a group of the vocabulary: one that does not was never seen before, and is kept as it
-- came.
-- Table: dim_task
-- Severity: warning
select
    dim_task.task_name,
    min(fct_listing.listing_date) as first_date,
    count(*) as listing_count
from dim_task
join bridge_listing_task using (task_key)
join fct_listing using (listing_key)
where dim_task.task_group = 'Unknown'
group by dim_task.task_name
order by dim_task.task_name;
