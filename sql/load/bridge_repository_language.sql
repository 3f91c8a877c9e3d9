-- Grain: one row per repository and language, the ten largest at most, as GitHub last told by GraphQL (with a token). A
-- repository without a row has no code, or nobody has asked: dim_repository.details_seen_at tells.
-- Rerun: same rows, same keys.
delete from bridge_repository_language
where repository_key in (from scope_repository);

insert into bridge_repository_language by name
with told as (
    select
        repository_id,
        languages
    from staging.repository
    where
        languages is not null
        and repository_id in (from scope_repository)
        and repository_id in (select repository_key from bridge_listing_repository)
    qualify row_number() over (partition by repository_id order by observed_at desc, exchange_id desc) = 1
),

-- A name that comes twice is one language.
spoken as (
    select
        told.repository_id as repository_key,
        entry.item.language,
        sum(entry.item.size_bytes)::bigint as size_bytes
    from told
    cross join unnest(told.languages) as entry (item)
    group by told.repository_id, entry.item.language
)

select
    repository_key,
    language,
    size_bytes,
    size_bytes / sum(size_bytes) over (partition by repository_key) as weight
from spoken
where size_bytes > 0
order by repository_key, size_bytes desc, language;
