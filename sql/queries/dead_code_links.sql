-- Question: Code links that are dead, by age of the listing
-- Order: 15
-- Trap: not found, blocked, renamed (the old name still works) and not asked yet are four different things. Only the
-- first two are dead. The age is counted up to the newest answer in this file.
with heard as (
    select max(attempted_at)::date as last_date from enrichment_attempt
),

link as (
    select
        heard.last_date - mart_code.first_linked_date as age_days,
        dim_repository.status,
        mart_code.linked_name <> lower(dim_repository.full_name) as is_under_other_name
    from mart_code
    join dim_repository using (repository_key)
    cross join heard
)

select
    case
        when age_days < 30 then 'under 30 days'
        when age_days < 90 then '30 to 89 days'
        when age_days < 180 then '90 to 179 days'
        when age_days < 365 then '180 to 364 days'
        when age_days >= 365 then 'a year and more'
        else 'nothing asked yet'
    end as listing_age,
    count(*) as links,
    count(*) filter (where status = 'found' and not is_under_other_name) as alive,
    count(*) filter (where status = 'found' and is_under_other_name) as renamed,
    count(*) filter (where status = 'not_found') as not_found,
    count(*) filter (where status = 'blocked') as blocked,
    count(*) filter (where status = 'pending') as not_asked,
    round((not_found + blocked) / nullif(links - not_asked, 0), 3) as dead_share
from link
group by listing_age
order by min(age_days);
