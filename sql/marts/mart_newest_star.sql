-- Grain: one row per repository whose stars GitHub has told: its newest observation with stars, and its time. Stars
-- belong to that time and to no earlier day. Each repository counts once, so these stars may be summed.
-- Key: repository_key
create view mart_newest_star as
with numbered as (
    select
        repository_key,
        stars_count,
        forks_count,
        observed_at,
        row_number() over (partition by repository_key order by observed_at desc) as rank
    from fct_repository_day
    where stars_count is not null
)

select
    repository_key, -- the repository
    stars_count, -- stars at observed_at
    forks_count, -- forks at observed_at; null if GitHub did not tell them then
    observed_at -- when GitHub told them, UTC
from numbered
where rank = 1;
