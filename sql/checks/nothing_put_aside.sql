-- Rule: Every response can be read, and every row of it stored. What cannot is put aside, and tried again by a new
-- version of the code or `papers rebuild`.
-- Table: enrichment_attempt
-- Severity: warning
select
    part,
    subject,
    reason,
    exchange_id
from staging.put_aside
order by part, subject, reason, exchange_id;
