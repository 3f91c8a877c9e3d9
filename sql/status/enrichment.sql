-- Grain: one row per service and status: how much is known, and how much is waiting. datacite_count: of papers, those
-- that DataCite told and arXiv has not. Reads the published file.
select
    'arxiv' as service,
    status,
    count(*) as subject_count,
    count(*) filter (where metadata_source = 'datacite') as datacite_count,
    max(observed_at) as last_answer_at
from dim_paper
where paper_key <> -1
group by status
union all
select
    'github',
    status,
    count(*),
    0,
    max(observed_at)
from dim_repository
where repository_key <> -1
group by status
order by service, status;
