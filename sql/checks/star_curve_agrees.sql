-- Rule: The stars of all days of a repository add up to what GitHub counted in the same minute, give or take 3 and a
-- half percent; of a count within the hour, also give or take what came on the last two days. Compared are histories
-- that are whole, up to the day on which they were told, and were told within a month. Where they differ, stars were
-- taken back meanwhile, or given before the repository was created where it is now.
-- Table: fct_repository_star_day
-- Severity: warning
with newest as (
    select
        repository_id as repository_key,
        week,
        days,
        is_oldest,
        observed_at,
        timezone('America/Los_Angeles', (observed_at - interval 10 minute) at time zone 'UTC')::date as observed_date
    from staging.star_week
    qualify row_number() over (partition by repository_id, week order by observed_at desc, exchange_id desc) = 1
),

curve as (
    select
        repository_key,
        sum(list_sum(days))::bigint as stars_kept_count,
        max(week) as last_week,
        arg_max(observed_at, week) as told_at,
        arg_max(observed_date, week) as told_date
    from newest
    group by repository_key
    having
        arg_min(is_oldest, week) -- a page that was cut short once, too, ends with a week that it calls the oldest
        and count(*) = (max(week) - min(week)) // 7 + 1
        and max(week) + 7 > arg_max(observed_date, week) -- else the newest page was never told
        and max(observed_at) - min(observed_at) < interval 31 day
),

-- What came meanwhile can be no more than what came since yesterday, as far as it still stands.
recent as (
    select
        curve.repository_key,
        sum(newest.days[places.place + 1])::bigint as recent_count
    from curve
    join newest
        on curve.repository_key = newest.repository_key and newest.week >= curve.last_week - 7
    cross join unnest([0, 1, 2, 3, 4, 5, 6]) as places (place)
    where newest.week + places.place >= curve.told_date - 1
    group by curve.repository_key
),

compared as (
    select
        curve.repository_key,
        curve.stars_kept_count,
        observed.stars_count,
        curve.told_at,
        observed.observed_at,
        recent.recent_count,
        abs(epoch(curve.told_at) - epoch(observed.observed_at)) as apart_seconds
    from curve
    join recent using (repository_key)
    join fct_repository_day as observed using (repository_key)
)

select
    repository_key,
    stars_kept_count,
    stars_count,
    told_at,
    observed_at
from compared
where
    apart_seconds < 3600
    and abs(stars_kept_count - stars_count)
    > greatest(3, 0.005 * stars_count) + case when apart_seconds > 60 then recent_count else 0 end
order by repository_key, observed_at;
