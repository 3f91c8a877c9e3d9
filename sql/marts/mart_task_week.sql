-- Grain: one row per task label and ISO week with a paper of it. A paper counts once, in the week of its first listing that has labels, and is shared out among its labels: paper_weight sums to the papers of the week. Papers without a label are the unknown task.
create view mart_task_week as
select
    dim_date.iso_year,
    dim_date.iso_week,
    date_trunc('week', mart_label.listing_date)::date as week_start,
    mart_label.task_key,
    dim_task.task_name,
    dim_task.task_group,
    sum(mart_label.weight) as paper_weight,
    count(*) as paper_count
from mart_label
join dim_date on dim_date.date_key = date_key(mart_label.listing_date)
join dim_task using (task_key)
group by all;
