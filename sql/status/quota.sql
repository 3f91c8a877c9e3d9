-- Grain: at most one row: the quota that GitHub last gave for $method, and when it resets. A time beyond the year 2100
-- is a broken header.
with answer as (
    select
        fetched_at,
        try_cast(headers::json ->> '$."x-ratelimit-remaining"' as bigint) as quota_left,
        try_cast(headers::json ->> '$."x-ratelimit-reset"' as bigint) as resets_at
    from staging.exchange
    where service = 'github' and method = $method
)

select
    quota_left,
    make_timestamp(resets_at * 1000000) as resets_at
from answer
where quota_left is not null and resets_at between 1 and 4102444800
order by fetched_at desc
limit 1;
