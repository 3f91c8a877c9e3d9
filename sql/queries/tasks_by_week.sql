-- Question: Papers per task and ISO week; which tasks rise fastest?
-- Order: 1
-- Trap: several labels a paper and overlapping sources: a paper counts once, shared out among its labels.
-- Note: rise: against the week before that has papers; null in the first week. (unknown): no source gave a label.
with week as (
    select distinct
        iso_year,
        iso_week,
        week_start
    from mart_task_week
),

task as (
    select distinct
        task_key,
        task_name
    from mart_task_week
),

counted as (
    select
        week.iso_year,
        week.iso_week,
        week.week_start,
        task.task_name,
        coalesce(mart_task_week.paper_weight, 0) as papers
    from week
    cross join task
    left join mart_task_week using (week_start, task_key)
),

compared as (
    select
        *,
        papers - lag(papers) over (partition by task_name order by week_start) as rise
    from counted
)

select
    iso_year,
    iso_week,
    week_start,
    task_name,
    round(papers, 2) as papers,
    round(rise, 2) as rise
from compared
where papers > 0 or rise <> 0
order by week_start desc, rise desc nulls last, papers desc, task_name;
