-- Grain: one row per service and status: how much is known, and how much is waiting. datacite_count: of papers, those
-- that DataCite told and arXiv has not. Reads the published file.
with answer as (
    select
        service,
        subject_id as arxiv_id,
        arg_max(outcome, attempted_at) as outcome,
        max(attempted_at) as attempted_at,
        bool_or(outcome = 'found') as was_found
    from enrichment_attempt
    where (service, outcome) in (
        ('hub_paper', 'found'), ('hub_paper', 'not_indexed'),
        ('semantic_scholar', 'found'), ('semantic_scholar', 'not_found'), ('semantic_scholar', 'unusable'),
        ('datacite', 'found'), ('datacite', 'missing'), ('datacite', 'unreadable')
    )
    group by all
),

paper_answer as (
    select
        asked.service,
        answer.attempted_at,
        case
            when answer.outcome is null then 'pending'
            when asked.service = 'semantic_scholar' then if(answer.was_found, 'found', 'not_found')
            else answer.outcome
        end as status
    from dim_paper
    cross join (values ('hub_paper'), ('semantic_scholar'), ('datacite')) as asked (service)
    left join answer on asked.service = answer.service and dim_paper.arxiv_id = answer.arxiv_id
    where
        dim_paper.paper_key <> -1
        and (asked.service <> 'hub_paper' or not contains(dim_paper.arxiv_id, '/'))
        -- what arXiv does not know is not asked for
        and (asked.service <> 'datacite' or dim_paper.status <> 'not_found' or answer.outcome is not null)
)

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
union all
select
    'hub',
    status,
    count(*),
    0,
    max(observed_at)
from dim_hub_resource
where status not in ('unknown', 'not_asked')
group by status
union all
select
    service,
    status,
    count(*),
    0,
    max(attempted_at)
from paper_answer
group by service, status
union all
select
    'star_history',
    case when told.observed_at is null then 'pending' else 'told' end as status,
    count(*),
    0,
    max(told.observed_at)
from dim_repository
left join (
    select
        repository_key,
        max(observed_at) as observed_at
    from fct_repository_star_day
    group by repository_key
) as told using (repository_key)
where
    dim_repository.status = 'found'
    and dim_repository.repository_key in (
        select bridge_listing_repository.repository_key from bridge_listing_repository
    )
group by all
order by service, status;
