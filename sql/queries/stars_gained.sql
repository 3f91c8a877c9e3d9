-- Question: Repositories that gained most stars between two observations
-- Order: 8
-- Trap: observations have gaps: each repository is compared between its own first and last observation in the time
-- asked for, and the days between them are beside the gain. Days before the first observation have no number at all.
-- $from = first -- as YYYY-MM-DD, or first: the first observation of each
-- $to = last -- as YYYY-MM-DD, included, or last: the last observation of each
-- $limit = 20
with observed as (
    select
        repository_key,
        min(observed_at)::date as from_date,
        max(observed_at)::date as to_date,
        count(*) as observations,
        arg_min(stars_count, observed_at) as from_stars_count,
        arg_max(stars_count, observed_at) as to_stars_count
    from fct_repository_day
    where
        ($from = 'first' or observed_at::date >= $from::date)
        and ($to = 'last' or observed_at::date <= $to::date)
    group by repository_key
    having count(*) > 1
)

select
    dim_repository.full_name,
    observed.to_stars_count - observed.from_stars_count as stars_gained,
    observed.from_date,
    observed.to_date,
    observed.to_date - observed.from_date as days_between,
    observed.observations,
    observed.from_stars_count,
    observed.to_stars_count,
    round(stars_gained / days_between, 2) as stars_gained_per_day
from observed
join dim_repository using (repository_key)
order by stars_gained desc, dim_repository.full_name
limit $limit::integer;
