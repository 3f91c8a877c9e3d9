-- Grain: one row per repository whose stars grew between two observations, the later of them in the ISO week of $week;
-- in the newest week with such a pair where that one has none. Most gained first.
with observed as (
    select
        *,
        date_trunc('week', to_at)::date as week_start
    from mart_repository_rising
),

chosen as (
    select arg_max(week_start, (week_start = $week::date, week_start)) as week_start
    from observed
)

select
    full_name,
    week_start,
    min(from_at)::date as from_date,
    max(to_at)::date as to_date,
    sum(stars_gained)::bigint as stars_gained,
    arg_max(to_stars_count, to_at) as stars_count
from observed
semi join chosen using (week_start)
group by full_name, week_start
having sum(stars_gained) > 0
order by stars_gained desc, full_name
limit 10;
