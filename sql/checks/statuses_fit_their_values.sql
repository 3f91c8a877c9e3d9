-- Rule: A status says what is pending, gone or blocked, and never an empty value. What was found has its values. The
-- unknown member, and it alone, is unknown.
-- Table: dim_repository
-- Severity: error
select
    'dim_paper' as dimension,
    paper_key as member_key,
    status
from dim_paper
where
    not coalesce(
        case status
            when 'unknown' then paper_key = -1
            when 'found' then submitted_at is not null and observed_at is not null
            when 'not_found' then submitted_at is null and observed_at is not null
            when 'pending' then paper_key <> -1 and submitted_at is null and observed_at is null
        end,
        false
    )
union all
select
    'dim_repository',
    repository_key,
    status
from dim_repository
where
    not coalesce(
        case status
            when 'unknown' then repository_key = -1
            when 'found' then repository_id is not null and seen_at is not null
            when 'not_found' then observed_at is not null
            when 'blocked' then observed_at is not null
            when 'pending' then repository_key <> -1 and observed_at is null
        end,
        false
    )
union all
select
    'dim_hub_resource',
    hub_resource_key,
    status
from dim_hub_resource
where
    not coalesce(
        case status
            when 'unknown' then hub_resource_key = -1
            when 'found' then hub_id is not null and seen_at is not null
            when 'not_public' then observed_at is not null
            when 'not_asked'
                then (kind in ('collection', 'account') or first_listed_date is null) and observed_at is null
            when 'pending' then hub_resource_key <> -1 and observed_at is null
        end,
        false
    );
