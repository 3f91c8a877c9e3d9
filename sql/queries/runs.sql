-- Question: What did the last runs do: rows, requests, quota, time?
-- Order: 31
-- Trap: the file knows answers, not runs: a run is what was answered without a pause of an hour, also over midnight.
-- Quotas, requests for unchanged pages and the time between answers are in `papers status` and the UI.
-- $days = 14 -- days on which a run began, newest first
with recent as (
    select distinct date from mart_run
    order by date desc limit $days::integer
)

select
    mart_run.*,
    date_diff('second', first_answer_at, last_answer_at) as seconds
from mart_run
semi join recent using (date)
order by started_at desc, service;
