-- Grain: at most one row: what Hugging Face said last by $now of the quota that lists, resources and papers share, and
-- when. No window lasts longer than a day.
select
    headers::json ->> '$.ratelimit' as quota,
    fetched_at
from staging.exchange
where
    service in ('feed', 'hub', 'hub_paper')
    and (headers::json ->> '$.ratelimit') is not null
    and fetched_at between $now::timestamp - interval 1 day and $now
order by fetched_at desc
limit 1;
