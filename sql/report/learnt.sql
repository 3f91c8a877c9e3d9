-- Grain: one row: the day (UTC) of the newest answer of arXiv or GitHub in the file, or null.
select max(attempted_at)::date as learnt_date
from enrichment_attempt;
