-- Grain: one row per week from $from_week up to $to_date and label, for the labels with most papers in this time.
with week as (
    select
        date_trunc('week', mart_label.listing_date)::date as week_start,
        dim_task.task_name,
        round(sum(mart_label.weight), 9) as paper_weight
    from mart_label
    join dim_task using (task_key)
    where mart_label.listing_date between $from_week and $to_date and task_key <> -1
    group by all
),

chosen as (
    select
        task_name,
        round(sum(paper_weight), 6) as total_weight
    from week
    group by task_name
    order by total_weight desc, task_name
    limit 8
)

select
    week.task_name,
    week.week_start,
    week.paper_weight
from week
join chosen using (task_name)
order by chosen.total_weight desc, week.task_name, week.week_start;
