-- Grain: one row per repository that gained stars between two observations, most gained per day first. The later
-- observation is in the newest ISO week that has such a pair up to $to_date: nothing is shown that was seen later. Only
-- repositories of $link_role count, or all: what it is to a paper. One that was replaced under its name has it marked.
with observed as (
    select
        mart_repository_rising.* exclude (full_name),
        date_trunc('week', to_at)::date as week_start,
        dim_repository.replaced_by_repository_id,
        dim_repository.full_name
        || if(dim_repository.replaced_by_repository_id is null, '', ' (replaced)') as full_name
    from mart_repository_rising
    join dim_repository using (repository_key)
    where to_at::date <= $to_date and ($link_role = 'all' or list_contains(link_roles, $link_role))
),

chosen as (
    select max(week_start) as week_start from observed
)

select
    repository_key,
    full_name,
    replaced_by_repository_id,
    week_start,
    min(from_at)::date as from_date,
    max(to_at)::date as to_date,
    sum(elapsed_days) as elapsed_days,
    sum(stars_gained)::bigint as stars_gained,
    sum(stars_gained) / sum(elapsed_days) as stars_gained_per_day,
    arg_max(to_stars_count, to_at) as stars_count
from observed
semi join chosen using (week_start)
group by repository_key, full_name, replaced_by_repository_id, week_start
having sum(stars_gained) > 0 and sum(elapsed_days) >= 0.25
order by stars_gained_per_day desc, stars_gained desc, full_name, repository_key
limit 10;
