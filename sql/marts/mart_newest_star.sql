-- Grain: one row per repository that GitHub has described: its newest observation, with the time at which it was made.
-- Stars belong to that time and to no earlier day.
-- Key: repository_key
create view mart_newest_star as
select
    repository_key, -- the repository
    arg_max(stars_count, observed_at) as stars_count, -- stars at observed_at
    arg_max(forks_count, observed_at) as forks_count, -- forks at observed_at
    max(observed_at) as observed_at -- when GitHub last described it, UTC
from fct_repository_day
group by repository_key;
