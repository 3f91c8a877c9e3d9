-- Grain: one row per repository and time between two changes of its description, as observed (type 2).
-- Rerun: same rows, same keys.
delete from dim_repository_version
where repository_key in (from scope_repository);

insert into dim_repository_version by name
with answer as (
    select *
    from staging.repository
    where
        status = 'found'
        and repository_id in (from scope_repository)
        and repository_id in (select repository_key from bridge_listing_repository)
    -- of answers in the same microsecond, one
    qualify row_number() over (partition by repository_id, observed_at order by exchange_id desc, name_asked) = 1
),

-- An answer that does not tell of releases, as by REST, leaves the newest one as it was known.
observation as (
    select
        * exclude (latest_release_tag),
        last_value(case when releases_count is not null then { 'tag': latest_release_tag } end ignore nulls) over (
            partition by repository_id order by observed_at
        ).tag as latest_release_tag
    from answer
),

described as (
    select
        *,
        (
            full_name, description, language, license_spdx, topics, is_archived, parent_full_name, latest_release_tag
        ) as description_now
    from observation
),

change as (
    select *
    from described
    window repository_in_time as (partition by repository_id order by observed_at)
    qualify
        row_number() over repository_in_time = 1
        or description_now is distinct from lag(description_now) over repository_in_time
)

select
    repository_id as repository_key,
    full_name,
    owner,
    name,
    description,
    language,
    license_spdx,
    topics,
    is_archived,
    parent_full_name,
    latest_release_tag,
    observed_at as valid_from,
    lead(observed_at) over repository_in_time as valid_to,
    valid_to is null as is_current
from change
window repository_in_time as (partition by repository_id order by observed_at)
order by repository_key, valid_from;
