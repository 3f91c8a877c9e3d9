-- Grain: at most one row: what Hugging Face last said of the quota that lists, resources and papers share, and when.
select
    headers::json ->> '$.ratelimit' as quota,
    fetched_at
from staging.exchange
where service in ('feed', 'hub', 'hub_paper') and (headers::json ->> '$.ratelimit') is not null
order by fetched_at desc
limit 1;
