-- Question: Stars that were taken back between two looks at the same days, a year apart
-- Order: 45
-- Trap: only days that GitHub told twice are counted, both times after they were over. A day with one look is unknown,
-- and no 0, so a repository without a second look is missing. What was taken back before the first look is in no
-- number: stars that were old by then had more time to go, and a share is a lower bound. Stars are added up before the
-- share is taken, since a share of few stars says little. New days have looks a week apart: $days leaves them out.
-- $days = 300 -- at least so many between the two looks
-- $min_stars = 10 -- at the first look
-- $limit = 50
with loss as (
    select
        repository_key,
        sum(day_count)::bigint as day_count,
        sum(first_stars_kept_count)::bigint as first_stars_kept_count,
        sum(stars_kept_count)::bigint as stars_kept_count,
        sum(stars_taken_back_count)::bigint as stars_taken_back_count,
        min(first_observed_at) as first_observed_at,
        max(observed_at) as observed_at
    from mart_star_loss
    where days_between_looks >= $days::integer
    group by repository_key
    having sum(first_stars_kept_count) >= greatest(1, $min_stars::integer)
)

select
    dim_repository.full_name,
    loss.first_stars_kept_count,
    loss.stars_kept_count,
    loss.stars_taken_back_count,
    round(loss.stars_taken_back_count / loss.first_stars_kept_count, 4) as taken_back_share,
    round(
        sum(loss.stars_taken_back_count) over () / sum(loss.first_stars_kept_count) over (), 4
    ) as taken_back_share_of_all,
    loss.day_count,
    loss.first_observed_at,
    loss.observed_at
from loss
join dim_repository using (repository_key)
order by taken_back_share desc, loss.stars_taken_back_count desc, dim_repository.full_name
limit $limit::integer;
