-- Grain: one row per repository and time between two changes of its description, as observed (type 2).
-- Rerun: same rows, same keys.
delete from dim_repository_version
where repository_key in (from scope_repository);

insert into dim_repository_version by name
with observation as (
    select *
    from told_repository
    where repository_id in (select repository_key from bridge_listing_repository)
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
