-- Grain: one row per repository and pair of looks at the same days: the first after they were over, and the newest. It
-- measures stars that were taken back between the two looks. Days that were looked at once are in no row: of them it is
-- unknown, and not zero. Stars that were taken back before the first look are not known at all.
-- Key: repository_key, first_observed_at, observed_at
create view mart_star_loss as
with pair as (
    select
        repository_key,
        first_observed_at,
        observed_at,
        min(star_date) as first_star_date,
        max(star_date) as last_star_date,
        count(*) as day_count,
        sum(first_stars_kept_count)::bigint as first_stars,
        sum(stars_kept_count)::bigint as newest_stars
    from fct_repository_star_day
    where first_observed_at < observed_at
    group by repository_key, first_observed_at, observed_at
)

select
    repository_key, -- the repository
    first_observed_at, -- when GitHub told these days first, UTC
    observed_at, -- when it told them last, UTC
    date_diff('second', first_observed_at, observed_at) / 86_400 as days_between_looks, -- days from the first to the
    -- newest look: a year or more for old days, weeks for new ones
    first_star_date, -- first of the days that both looks cover, in Los Angeles
    last_star_date, -- last of them, which was over at the first look too
    day_count, -- how many days both looks cover
    first_stars as first_stars_kept_count, -- stars of these days that stood at the first look
    newest_stars as stars_kept_count, -- stars of these days that stood at the newest look
    first_stars - newest_stars as stars_taken_back_count, -- stars that were taken back between the two looks, less
    -- those that came back, as of accounts that GitHub had hidden: it can be below zero
    (first_stars - newest_stars) / nullif(first_stars, 0) as taken_back_share -- of those that stood at the first look;
    -- null if none did
from pair;
