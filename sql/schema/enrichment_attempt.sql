-- Key: service, subject_id, attempted_at, outcome
create table enrichment_attempt (
    service varchar not null, -- arxiv, datacite, github, star_history (which GitHub also tells), hub, hub_paper or
    -- semantic_scholar
    subject_id varchar not null, -- arXiv id, or in lower case owner/name, or kind/owner/name on the Hub, or GitHub's
    -- number and a page of its stars
    attempted_at timestamp not null, -- when the response came or the request was given up, UTC
    outcome varchar not null, -- what came of it: found, missing, not_found, blocked, not_public, rate_limited, failed …
    http_status integer -- null if no response came
);
