-- Grain: one row per week from $from_week to $to_week and label, of the labels with most papers in these weeks.
with week as (
    select
        week_start,
        task_name,
        paper_weight
    from mart_task_week
    where week_start between $from_week and $to_week and task_key <> -1
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
