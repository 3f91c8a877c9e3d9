-- Grain: one row per repository and day of Los Angeles that GitHub has told of, also without a star: counted from
-- stargazers who still star it when GitHub is asked, by the day they starred, so a lower bound of the past and never
-- the number observed on that day. The newest answer about a day counts, beside the first one; a day of which none
-- tells, or that was not over then, has no row.
-- Rerun: same rows, same keys.
delete from fct_repository_star_day
where repository_key in (from scope_repository);

insert into fct_repository_star_day by name
with answer as (
    select
        exchange_id,
        repository_id,
        week,
        days,
        observed_at,
        timezone('America/Los_Angeles', (observed_at - interval 10 minute) at time zone 'UTC')::date as observed_date
    from staging.star_week
    where
        repository_id in (from scope_repository)
        and repository_id in (select repository_key from bridge_listing_repository)
),

-- Of the looks in between nothing is kept: a week of which all days were over has no first look after that.
span as (
    select
        repository_id,
        week,
        min(observed_at) filter (observed_date > week + 6) as whole_at,
        max(observed_at) as newest_at
    from answer
    group by repository_id, week
),

look as (
    select answer.*
    from answer
    join span using (repository_id, week)
    where span.whole_at is null or answer.observed_at <= span.whole_at or answer.observed_at = span.newest_at
)

select
    look.repository_id as repository_key,
    look.week + places.place as star_date,
    arg_max(look.days[places.place + 1], (look.observed_at, look.exchange_id)) as stars_kept_count,
    max(look.observed_at) as observed_at,
    arg_min(look.days[places.place + 1], (look.observed_at, look.exchange_id)) as first_stars_kept_count,
    min(look.observed_at) as first_observed_at
from look
cross join unnest([0, 1, 2, 3, 4, 5, 6]) as places (place)
where look.week + places.place < look.observed_date
group by look.repository_id, look.week, places.place
order by look.repository_id, look.week, places.place;
