-- Grain: one row per repository and day from a week before its first listing to 30 days after, up to $to_date: of those
-- first listed in the 90 days before, the six with most stars since. Only where their history is whole, and of
-- $link_role, or all: what it is to a paper. One that was replaced under its name has it marked.
with listed as (
    select *
    from mart_star_curve
    where
        star_date <= $to_date::date
        and first_listed_date between $to_date::date - 90 and $to_date::date
        and days_since_listing between -7 and 30
        and repository_key in (
            select mart_code.repository_key from mart_code
            where $link_role in ('all', mart_code.link_role)
        )
),

chosen as (
    select
        repository_key,
        sum(stars_kept_count) as stars_kept_since_count
    from listed
    where days_since_listing >= 0
    group by repository_key
    having stars_kept_since_count > 0
    order by stars_kept_since_count desc, repository_key
    limit 6
)

select
    dim_repository.repository_key,
    dim_repository.full_name || if(dim_repository.replaced_by_repository_id is null, '', ' (replaced)') as full_name,
    dim_repository.replaced_by_repository_id,
    listed.first_listed_date,
    listed.days_since_listing,
    listed.star_date,
    listed.stars_kept_count,
    chosen.stars_kept_since_count,
    listed.observed_at
from listed
join chosen using (repository_key)
join dim_repository using (repository_key)
order by chosen.stars_kept_since_count desc, listed.repository_key, listed.days_since_listing;
