-- Question: Half-life of attention: days until half of the stars of the first 90 days had come
-- Order: 43
-- Trap: only repositories whose 90 days are all told, and that got some stars in them: half of 2 is no half-life. It is
-- of the first 90 days, not of all time. Stargazers who left are not counted, early ones had more time to leave.
-- $min_stars = 10 -- of the 90 days
-- $limit = 50
with half as (
    select
        curve.repository_key,
        min(curve.days_since_listing) + 1 as half_life_days
    from mart_star_curve as curve
    join mart_listing_effect as effect using (repository_key)
    where
        effect.stars_kept_90_after_count >= greatest(1, $min_stars::integer)
        and 2 * curve.stars_kept_since_count >= effect.stars_kept_90_after_count
    group by curve.repository_key
)

select
    dim_repository.full_name,
    effect.first_listed_date,
    effect.stars_kept_90_after_count,
    half.half_life_days,
    median(half.half_life_days) over () as median_half_life_days
from half
join mart_listing_effect as effect using (repository_key)
join dim_repository using (repository_key)
order by half.half_life_days, effect.stars_kept_90_after_count desc, dim_repository.full_name
limit $limit::integer;
