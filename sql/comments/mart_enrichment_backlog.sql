-- Meaning of the columns of mart_enrichment_backlog, which as a view has no place of its own for them.
comment on column mart_enrichment_backlog.service is 'arxiv or github: who is to answer';
comment on column mart_enrichment_backlog.subject_id is 'arXiv id, or owner/name in lower case';
comment on column mart_enrichment_backlog.first_listed_date is 'first day on which a listing has it';
comment on column mart_enrichment_backlog.reason is 'not asked, or the outcome of the last attempt: failed, missing, rate_limited …';
comment on column mart_enrichment_backlog.last_http_status is 'HTTP status of the last attempt; null where no answer came or none was made';
comment on column mart_enrichment_backlog.last_attempted_at is 'when the last attempt ended, UTC; null where none was made';
comment on column mart_enrichment_backlog.attempt_count is 'attempts made so far';
