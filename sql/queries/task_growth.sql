-- Question: Which tasks' code grows after its listing
-- Order: 42
-- Trap: a repository counts once a task, however many papers lead to it, and one famous repository would lead an
-- average, so these are medians. Tasks with few repositories say nothing and are left out, and papers without labels.
-- Growth compares only repositories old enough to have 7 days before. Stargazers who left are not counted.
-- $min_repositories = 3 -- that have 30 days after their listing told
with pair as (
    select distinct
        mart_label.task_key,
        mart_code.repository_key
    from mart_label
    join mart_code using (paper_key)
    where mart_label.task_key <> -1
)

select
    dim_task.task_name,
    count(*) as repositories,
    round(median(effect.stars_kept_per_day_30_after), 2) as median_per_day_30_after,
    count(effect.stars_kept_per_day_before) as compared_repositories,
    round(
        median(effect.stars_kept_per_day_30_after - effect.stars_kept_per_day_before), 2
    ) + 0 as median_gain_per_day -- never -0.0
from pair
join mart_listing_effect as effect using (repository_key)
join dim_task using (task_key)
where effect.stars_kept_30_after_count is not null
group by dim_task.task_name
having count(*) >= $min_repositories::integer
order by median_per_day_30_after desc, dim_task.task_name;
