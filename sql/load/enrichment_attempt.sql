-- Grain: one row per request made for a subject: an arXiv id or a repository name. Reads staging.attempt. Rerun: same rows.

-- Lineage:
-- service <- staging.attempt.service
-- subject_id <- staging.attempt.subject_id
-- attempted_at <- staging.attempt.attempted_at
-- outcome <- staging.attempt.outcome
-- http_status <- staging.attempt.http_status

insert into enrichment_attempt by name
select service, subject_id, attempted_at, outcome, http_status
from staging.attempt
anti join enrichment_attempt using (service, subject_id, attempted_at, outcome)
order by attempted_at, service, subject_id;
