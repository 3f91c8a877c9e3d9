-- Grain: one row at most: what GitHub last said of the quota for asking with $method, and until when that holds.
with answer as (
    select
        fetched_at,
        headers::json ->> '$."x-ratelimit-remaining"' as quota_left,
        headers::json ->> '$."x-ratelimit-reset"' as resets_at
    from staging.exchange
    where service = 'github' and method = $method
)

select
    try_cast(quota_left as bigint) as quota_left,
    make_timestamp(try_cast(resets_at as bigint) * 1000000) as resets_at
from answer
where quota_left is not null and resets_at is not null
order by fetched_at desc
limit 1;
