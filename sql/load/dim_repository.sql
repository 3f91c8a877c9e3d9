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
    from told_repository
    qualify row_number() over (partition by repository_id order by observed_at desc, exchange_id desc) = 1
),

-- The last answer that told of commits and languages, too.
detailed as (
    select *
    from staging.repository
    where releases_count is not null and repository_id in (from scope_repository)
    qualify row_number() over (partition by repository_id order by observed_at desc, exchange_id desc) = 1
),

-- Its names, and what GitHub last said under those that mean it now; without such a name it was replaced. If GitHub
-- gave no name, the one in the link is used.
named as (
    select
        repository_key,
        arg_max(last_answer, (last_answer_at, repository_name)) filter (where valid_to is null) as last_answer,
        max(last_answer_at) filter (where valid_to is null) as last_answer_at,
        min(repository_name) as repository_name,
        case
            when count(*) = count(valid_to) then arg_max(next_repository_id, (valid_to, repository_name))
        end as replaced_by_repository_id,
        case when count(*) = count(valid_to) then max(valid_to) end as replaced_at
    from dim_repository_name
    where repository_key in (from scope_repository)
    group by repository_key
),

described as (
    select
        linked.repository_key,
        seen.repository_id,
        coalesce(seen.full_name, named.repository_name) as full_name,
        linked.first_listed_date,
        case
            when named.replaced_at is not null then 'not_found'
            when named.last_answer is null or seen.observed_at >= named.last_answer_at
                then coalesce(seen.status, 'pending')
            else named.last_answer
        end as status,
        named.replaced_by_repository_id,
        greatest(seen.observed_at, named.last_answer_at, named.replaced_at) as observed_at,
        seen.observed_at as seen_at
    from linked
    left join named using (repository_key)
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
    case when seen.is_archived then detailed.archived_at end as archived_at,
    seen.is_fork,
    seen.parent_full_name,
    seen.is_template,
    seen.created_at,
    seen.pushed_at,
    seen.latest_release_tag,
    seen.latest_release_at,
    detailed.last_commit_at,
    detailed.readme_bytes,
    described.first_listed_date,
    described.status,
    described.replaced_by_repository_id,
    described.observed_at,
    described.seen_at,
    detailed.observed_at as details_seen_at
from described
left join seen on described.repository_key = seen.repository_id
left join detailed on described.repository_key = detailed.repository_id
order by described.first_listed_date, described.repository_key;
