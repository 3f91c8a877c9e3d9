-- Grain: one row per repository and day of Los Angeles that GitHub has told of, also without a star: counted from
-- stargazers who still star it when GitHub is asked, by the day they starred, so a lower bound of the past and never
-- the number observed on that day. The newest answer about a week counts; a day of which none tells, or that was not
-- over then, has no row.
-- Rerun: same rows, same keys.
delete from fct_repository_star_day
where repository_key in (from scope_repository);

insert into fct_repository_star_day by name
with newest as (
    select
        repository_id,
        week,
        days,
        observed_at,
        timezone('America/Los_Angeles', (observed_at - interval 10 minute) at time zone 'UTC')::date as observed_date
    from staging.star_week
    where
        repository_id in (from scope_repository)
        and repository_id in (select repository_key from bridge_listing_repository)
    qualify row_number() over (partition by repository_id, week order by observed_at desc, exchange_id desc) = 1
)

select
    newest.repository_id as repository_key,
    newest.week + places.place as star_date,
    newest.days[places.place + 1] as stars_kept_count,
    newest.observed_at
from newest
cross join unnest([0, 1, 2, 3, 4, 5, 6]) as places (place)
where newest.week + places.place < newest.observed_date
order by newest.repository_id, newest.week, places.place;
