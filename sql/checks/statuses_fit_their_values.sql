-- Rule: What is pending, gone or blocked is so by a status, never by an empty value, and what was found has its values.
-- Table: dim_repository
-- Severity: error
select
    'dim_paper' as dimension,
    paper_key as member_key,
    status
from dim_paper
where
    paper_key <> -1
    and not coalesce(
        case status
            when 'found' then submitted_at is not null and observed_at is not null
            when 'not_found' then submitted_at is null and observed_at is not null
            when 'pending' then submitted_at is null and observed_at is null
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
    repository_key <> -1
    and not coalesce(
        case status
            when 'found' then repository_id is not null and seen_at is not null
            when 'not_found' then observed_at is not null
            when 'blocked' then observed_at is not null
            when 'pending' then observed_at is null
        end,
        false
    );
