-- Grain: at most one row: the quota that GitHub gave last by $now for $method with or without a token, as $has_token
-- says, and when it resets. A time beyond the year 2100 is a broken header. Star history has its share of the same
-- quota.
with answer as (
    select
        fetched_at,
        try_cast(headers::json ->> '$."x-ratelimit-remaining"' as bigint) as quota_left,
        try_cast(headers::json ->> '$."x-ratelimit-reset"' as bigint) as resets_at,
        coalesce(try_cast(headers::json ->> '$."x-ratelimit-limit"' as bigint) > 60, $has_token) as had_token
    from staging.exchange
    where service in ('github', 'star_history') and method = $method and fetched_at <= $now
)

select
    quota_left,
    make_timestamp(resets_at * 1000000) as resets_at
from answer
where quota_left is not null and had_token = $has_token and resets_at between 1 and 4102444800
order by fetched_at desc
limit 1;
