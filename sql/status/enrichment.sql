-- Grain: one row per service and status: how much is known, and how much is waiting. Reads the published file.
select
    'arxiv' as service,
    status,
    count(*) as subject_count,
    max(observed_at) as last_answer_at
from dim_paper
where paper_key <> -1
group by status
union all
select
    'github',
    status,
    count(*),
    max(observed_at)
from dim_repository
where repository_key <> -1
group by status
union all
select
    'hub',
    status,
    count(*),
    max(observed_at)
from dim_hub_resource
where status not in ('unknown', 'not_asked')
group by status
order by service, status;
