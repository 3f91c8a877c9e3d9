-- Grain: one row per repository and two successive days on which it was observed: stars then, stars later, and how far
-- the days lie apart. Nothing is guessed for the days between, and a repository that was observed once has no row.
-- Key: repository_key, to_at
create view mart_repository_rising as
with observed as (
    select
        repository_key,
        lag(observed_at) over repository_in_time as from_at,
        observed_at as to_at,
        lag(stars_count) over repository_in_time as from_stars_count,
        stars_count as to_stars_count
    from fct_repository_day
    window repository_in_time as (partition by repository_key order by observed_at)
)

select
    observed.repository_key, -- the repository
    dim_repository.full_name, -- owner/name as GitHub last wrote it
    observed.from_at, -- the earlier observation, UTC
    observed.to_at, -- the later observation, UTC
    observed.to_at::date - observed.from_at::date as day_count, -- calendar days between the two
    observed.from_stars_count, -- stars at from_at
    observed.to_stars_count, -- stars at to_at
    observed.to_stars_count - observed.from_stars_count as stars_gained, -- to_stars_count less from_stars_count;
    -- negative where stars were taken back
    stars_gained / day_count as stars_gained_per_day -- stars_gained by day_count
from observed
join dim_repository using (repository_key)
where observed.from_at is not null;
