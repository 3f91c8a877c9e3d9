-- Grain: one row per repository whose stars GitHub has told: its newest observation with stars, and its time. Stars
-- belong to that time and to no earlier day. Each repository counts once, so these stars may be summed.
-- Key: repository_key
create view mart_newest_star as
select
    repository_key, -- the repository
    arg_max(stars_count, observed_at) as stars_count, -- stars at observed_at
    arg_max_null(forks_count, observed_at) as forks_count, -- forks at observed_at; null if GitHub told none
    max(observed_at) as observed_at -- when GitHub told them, UTC
from fct_repository_day
where stars_count is not null
group by repository_key;
