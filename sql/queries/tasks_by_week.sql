-- Question: Papers per task and ISO week; which tasks rise fastest?
-- Order: 1
-- Trap: a paper may have several labels and several listings: it counts once, shared among its labels. In a week
-- without any label no source gave labels, so they are unknown and not zero.
-- Note: rise compares with the last earlier week that has labels, and is null in the first one. (unknown) means that no
-- source gave a label: it is no task, and has no rise.
with week as (
    select distinct
        iso_year,
        iso_week,
        week_start
    from mart_task_week
    where task_key <> -1
),

task as (
    select distinct
        task_key,
        task_name
    from mart_task_week
    where task_key <> -1
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
    union all
    select
        iso_year,
        iso_week,
        week_start,
        task_name,
        paper_weight,
        null
    from mart_task_week
    where task_key = -1
)

select
    iso_year,
    iso_week,
    week_start,
    task_name,
    round(papers, 2) as papers,
    round(rise, 2) + 0 as rise -- zero is 0.0, never -0.0
from compared
where papers > 0 or rise <> 0
order by week_start desc, rise desc nulls last, papers desc, task_name;
