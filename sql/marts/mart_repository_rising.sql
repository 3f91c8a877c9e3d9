-- Grain: one row per repository and two successive days with an observation: stars then, stars later, and the time
-- between. Nothing is estimated for the days between. A repository with one observation has no row.
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
    where stars_count is not null
    window repository_in_time as (partition by repository_key order by observed_at)
),

timed as (
    select
        *,
        to_stars_count - from_stars_count as stars_gained,
        date_diff('second', from_at, to_at) / 86_400 as elapsed_days
    from observed
    where from_at is not null
),

linked as (
    select
        repository_key,
        list(distinct link_role order by link_role) as link_roles
    from bridge_paper_repository
    group by repository_key
)

select
    timed.repository_key, -- the repository
    dim_repository.full_name, -- owner/name as GitHub last wrote it
    timed.from_at, -- the earlier observation, UTC
    timed.to_at, -- the later observation, UTC
    timed.elapsed_days, -- time between the two in days of 24 hours, with their fraction: 0.25 is six hours
    timed.from_stars_count, -- stars at from_at
    timed.to_stars_count, -- stars at to_at
    timed.stars_gained, -- to_stars_count less from_stars_count; negative if stars were withdrawn
    case
        when timed.elapsed_days >= 0.25 then timed.stars_gained / timed.elapsed_days
    end as stars_gained_per_day, -- stars_gained divided by elapsed_days; null if less than six hours lie between, which
    -- say nothing about a day
    linked.link_roles -- what it is to the papers that link to it, sorted: own, shared, tool, unknown. Rank those that
    -- are somebody's own: list_contains(link_roles, 'own')
from timed
join dim_repository using (repository_key)
left join linked using (repository_key);
