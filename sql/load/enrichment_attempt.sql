-- Grain: one row per request made for a subject: an arXiv id, a repository name, or a page of a repository's star
-- history. Of requests that ended alike in the
-- same microsecond there is one row, with the highest HTTP status.
-- Rerun: same rows.
delete from enrichment_attempt
where (service, subject_id, attempted_at, outcome) in (
    select (service, subject_id, attempted_at, outcome)
    from staging.attempt
    group by service, subject_id, attempted_at, outcome
    having count(*) > 1
);

insert into enrichment_attempt by name
select
    service,
    subject_id,
    attempted_at,
    outcome,
    max(http_status) as http_status
from staging.attempt
anti join enrichment_attempt using (service, subject_id, attempted_at, outcome)
group by service, subject_id, attempted_at, outcome
order by attempted_at, service, subject_id, outcome;
