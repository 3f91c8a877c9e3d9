-- Rule: The stars of all days of a repository add up to what GitHub counted within an hour of the newest ones, give or
-- take 3 and a half percent. Compared are histories that are whole, and were told within a month. Where they differ,
-- stars were taken back meanwhile, or given before the repository was created where it is now.
-- Table: fct_repository_star_day
-- Severity: warning
with newest as (
    select
        repository_id,
        week,
        list_sum(days) as stars_count,
        is_oldest,
        observed_at
    from staging.star_week
    qualify row_number() over (partition by repository_id, week order by observed_at desc, exchange_id desc) = 1
),

curve as (
    select
        repository_id as repository_key,
        sum(stars_count)::bigint as stars_kept_count,
        max(observed_at) as told_at
    from newest
    group by repository_id
    having
        bool_or(is_oldest)
        and count(*) = (max(week) - min(week)) // 7 + 1
        and max(observed_at) - min(observed_at) < interval 31 day
)

select
    curve.repository_key,
    curve.stars_kept_count,
    observed.stars_count,
    curve.told_at,
    observed.observed_at
from curve
join fct_repository_day as observed using (repository_key)
where
    abs(epoch(curve.told_at) - epoch(observed.observed_at)) < 3600
    and abs(curve.stars_kept_count - observed.stars_count) > greatest(3, 0.005 * observed.stars_count)
order by curve.repository_key, observed.observed_at;
