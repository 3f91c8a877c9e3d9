-- Key: service, subject_id, attempted_at, outcome
create table enrichment_attempt (
    service varchar not null, -- arxiv, github or semantic_scholar
    subject_id varchar not null, -- arXiv id, or owner/name in lower case
    attempted_at timestamp not null, -- when the response came or the request was given up, UTC
    outcome varchar not null, -- what came of it: found, missing, not_found, blocked, rate_limited, failed …
    http_status integer -- null if no response came
);
