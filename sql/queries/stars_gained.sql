-- Question: Repositories that gained most stars between two observations
-- Order: 8
-- Trap: observations have gaps. Each repository is compared between its own first and last observation in the period,
-- with the time between them, to the second: a rate over less than six hours is null. Days before the first observation
-- have no number at all. Tools and collections gain most: only code that is a paper's own is ranked.
-- $from = first -- as YYYY-MM-DD, or first: the first observation of each
-- $to = last -- as YYYY-MM-DD, included, or last: the last observation of each
-- $link_role = own -- own, shared, tool or unknown: what it is to a paper; all: whatever papers link to
-- $limit = 20
with ranked as (
    select repository_key
    from mart_code
    where $link_role in ('all', link_role)
),

observed as (
    select
        repository_key,
        min(observed_at) as from_at,
        max(observed_at) as to_at,
        date_diff('second', from_at, to_at) / 86_400 as elapsed_days,
        count(*) as observations,
        arg_min(stars_count, observed_at) as from_stars_count,
        arg_max(stars_count, observed_at) as to_stars_count
    from fct_repository_day
    semi join ranked using (repository_key)
    where
        stars_count is not null
        and ($from = 'first' or observed_at::date >= $from::date)
        and ($to = 'last' or observed_at::date <= $to::date)
    group by repository_key
    having count(*) > 1
)

select
    dim_repository.full_name,
    observed.to_stars_count - observed.from_stars_count as stars_gained,
    observed.from_at,
    observed.to_at,
    round(observed.elapsed_days, 2) as elapsed_days,
    observed.observations,
    observed.from_stars_count,
    observed.to_stars_count,
    case
        when observed.elapsed_days >= 0.25 then round(stars_gained / observed.elapsed_days, 2) + 0 -- never -0.0
    end as stars_gained_per_day
from observed
join dim_repository using (repository_key)
order by stars_gained desc, dim_repository.full_name
limit $limit::integer;
