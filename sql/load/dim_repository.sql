-- Grain: one row per GitHub repository that a listing links to, as last seen. Its key is GitHub's number, or until that
-- is known a hash of its name in lower case.
-- Rerun: same rows, same keys; a repository without an answer of GitHub is pending.
delete from dim_repository
where repository_key in (from scope_repository) and repository_key <> -1;

insert into dim_repository by name
with linked as (
    select
        repository_key,
        min(listing_date) as first_listed_date
    from bridge_listing_repository
    join (select
        listing_key,
        listing_date
    from fct_listing) using (listing_key)
    where repository_key in (from scope_repository)
    group by repository_key
),

seen as (
    select *
    from staging.repository
    where status = 'found' and repository_id in (from scope_repository)
    qualify row_number() over (partition by repository_id order by observed_at desc, exchange_id desc) = 1
),

-- Names that mean the repository now. If GitHub gave no name, the one in the link is used.
named as (
    select
        repository_key,
        arg_max(last_answer, (last_answer_at, repository_name)) as last_answer,
        max(last_answer_at) as last_answer_at,
        min(repository_name) as repository_name
    from dim_repository_name
    where repository_key in (from scope_repository) and valid_to is null
    group by repository_key
),

-- Repositories without a name left: each of theirs means another repository now.
replaced as (
    select
        repository_key,
        arg_max(next_repository_id, (valid_to, repository_name)) as replaced_by_repository_id,
        max(valid_to) as replaced_at
    from dim_repository_name
    where repository_key in (from scope_repository)
    group by repository_key
    having count(*) = count(valid_to)
),

described as (
    select
        linked.repository_key,
        seen.repository_id,
        coalesce(seen.full_name, named.repository_name) as full_name,
        linked.first_listed_date,
        case
            when replaced.replaced_at is not null then 'not_found'
            when named.last_answer is null or seen.observed_at >= named.last_answer_at
                then coalesce(seen.status, 'pending')
            else named.last_answer
        end as status,
        replaced.replaced_by_repository_id,
        greatest(seen.observed_at, named.last_answer_at, replaced.replaced_at) as observed_at,
        seen.observed_at as seen_at
    from linked
    left join named using (repository_key)
    left join replaced using (repository_key)
    left join seen on linked.repository_key = seen.repository_id
)

select
    described.repository_key,
    described.repository_id,
    described.full_name,
    split_part(described.full_name, '/', 1) as owner,
    split_part(described.full_name, '/', 2) as name,
    seen.description,
    seen.homepage,
    seen.language,
    seen.license_spdx,
    seen.topics,
    seen.default_branch,
    seen.is_archived,
    seen.is_disabled,
    seen.is_fork,
    seen.created_at,
    seen.pushed_at,
    described.first_listed_date,
    described.status,
    described.replaced_by_repository_id,
    described.observed_at,
    described.seen_at
from described
left join seen on described.repository_key = seen.repository_id
order by described.first_listed_date, described.repository_key;
