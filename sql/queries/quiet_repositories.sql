-- Question: Repositories that were archived, or are silent for 180 days
-- Order: 16
-- Trap: silence is counted up to the newest description by GitHub (seen_at), not up to today: what was not looked at
-- cannot be silent. Repositories that are gone are in dead_code_links.
-- $days = 180
with described as (
    select
        *,
        seen_at::date - pushed_at::date as silent_days
    from dim_repository
    where status = 'found'
)

select
    full_name,
    is_archived,
    silent_days,
    pushed_at,
    seen_at,
    first_listed_date
from described
where is_archived or silent_days >= $days::integer
order by silent_days desc, full_name;
