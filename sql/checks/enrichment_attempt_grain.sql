-- A request is noted once for each subject and what came of it. Table: enrichment_attempt. Severity: error.
select
    service,
    subject_id,
    attempted_at,
    outcome,
    count(*) as row_count
from enrichment_attempt
group by all
having count(*) > 1;
