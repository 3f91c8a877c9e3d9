-- Grain: one row per repository and day since its first listing, from 30 days before to 89 after, where the history is
-- whole (mart_listing_effect). Counted are stargazers who still star it, by the day on which they starred, which is
-- one of Los Angeles: a lower bound of the past, and never one line with observed stars. A curve ends with the last day
-- told.
-- Key: repository_key, days_since_listing
create view mart_star_curve as
select
    star.repository_key, -- the repository
    effect.first_listed_date, -- day of its first listing
    star.star_date, -- the day, in Los Angeles
    star.star_date - effect.first_listed_date as days_since_listing, -- 0 is the day of the first listing, give or take
    -- one: listings have days of UTC
    star.stars_kept_count, -- given on that day, and still standing when GitHub was asked
    case
        when star.star_date >= effect.first_listed_date
            then
                sum(case when star.star_date >= effect.first_listed_date then star.stars_kept_count end) over (
                    partition by star.repository_key order by star.star_date
                )::bigint
    end as stars_kept_since_count, -- given since the listing's day, and still standing; null before it
    star.observed_at -- when GitHub told it, UTC
from fct_repository_star_day as star
join mart_listing_effect as effect using (repository_key)
where star.star_date between effect.first_listed_date - 30 and effect.last_told_date;
