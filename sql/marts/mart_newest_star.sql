-- Grain: one row per repository that GitHub has described: its newest observation, with the time at which it was made. Stars belong to that time and to no earlier day.
create view mart_newest_star as
select
    repository_key,
    arg_max(stars_count, observed_at) as stars_count,
    arg_max(forks_count, observed_at) as forks_count,
    max(observed_at) as observed_at
from fct_repository_day
group by repository_key;
