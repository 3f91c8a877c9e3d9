-- Grain: one row per request made for a subject: an arXiv id or a repository name.
-- Rerun: same rows.
insert into enrichment_attempt by name
select
    service,
    subject_id,
    attempted_at,
    outcome,
    http_status
from staging.attempt
anti join enrichment_attempt using (service, subject_id, attempted_at, outcome)
order by attempted_at, service, subject_id;
