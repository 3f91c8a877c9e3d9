-- Grain: one row per repository whose stars by day GitHub has told without a gap, from 30 days before its first listing
-- (or its creation, if later) to the last day told, 89 days after at most. Counted are stargazers who still star it, by
-- days of Los Angeles: a lower bound of the past, and no observed count. A count is null until all its days are told.
-- Key: repository_key
create view mart_listing_effect as
with told as (
    select
        star.repository_key,
        repository.first_listed_date,
        star.star_date,
        star.stars_kept_count,
        star.observed_at,
        star.star_date - repository.first_listed_date as place,
        greatest(-30, repository.created_at::date - repository.first_listed_date) as first_place
    from fct_repository_star_day as star
    join dim_repository as repository using (repository_key)
    where star.star_date between repository.first_listed_date - 30 and repository.first_listed_date + 89
),

counted as (
    select
        repository_key,
        first_listed_date,
        max(star_date) as last_told_date,
        min(observed_at) as observed_at,
        sum(stars_kept_count) filter (place between -7 and -1) as before_7,
        sum(stars_kept_count) filter (place between 0 and 6) as after_7,
        sum(stars_kept_count) filter (place between 0 and 29) as after_30,
        sum(stars_kept_count) filter (place between 0 and 89) as after_90,
        any_value(first_place) as first_place,
        min(place) as from_place,
        max(place) as to_place
    from told
    group by repository_key, first_listed_date
    having count(*) = max(place) - min(place) + 1 and min(place) <= least(0, any_value(first_place)) and max(place) >= 0
)

select
    repository_key, -- the repository
    first_listed_date, -- day of its first listing: 0 of the days since
    last_told_date, -- last day told of these, in Los Angeles: never later than its yesterday
    case when from_place <= -7 and first_place <= -7 then before_7::bigint end as stars_kept_7_before_count, -- of the
    -- 7 days before; null also if it is younger than that
    case when to_place >= 6 then after_7::bigint end as stars_kept_7_after_count, -- of the 7 days that begin with
    -- the listing's
    case when to_place >= 29 then after_30::bigint end as stars_kept_30_after_count, -- of 30 such days
    case when to_place >= 89 then after_90::bigint end as stars_kept_90_after_count, -- of 90 such days
    stars_kept_7_before_count / 7 as stars_kept_per_day_before, -- a day of the 7 before
    stars_kept_7_after_count / 7 as stars_kept_per_day_7_after, -- a day of the 7 after
    stars_kept_30_after_count / 30 as stars_kept_per_day_30_after, -- a day of the 30 after
    observed_at -- when GitHub told the oldest of these answers, UTC: stars taken back since then still count
from counted;
