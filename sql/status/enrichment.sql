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
    'hub_paper',
    case when outcome = 'found' then 'found' when outcome is null then 'pending' else 'not_indexed' end as status,
    count(*),
    0,
    max(attempted_at)
from dim_paper
left join (
    select
        subject_id as arxiv_id,
        arg_max(outcome, attempted_at) as outcome,
        max(attempted_at) as attempted_at
    from enrichment_attempt
    where service = 'hub_paper' and outcome in ('found', 'not_indexed')
    group by subject_id
) as answer using (arxiv_id)
where dim_paper.paper_key <> -1 and not contains(arxiv_id, '/')
group by all
union all
select
    'semantic_scholar',
    case
        when answer.observed_at is null then 'pending'
        when answer.is_found then 'found'
        else 'not_found'
    end as status,
    count(*),
    0,
    max(answer.observed_at)
from dim_paper
left join (
    select
        subject_id as arxiv_id,
        bool_or(outcome = 'found') as is_found,
        max(attempted_at) as observed_at
    from enrichment_attempt
    where service = 'semantic_scholar' and outcome in ('found', 'not_found', 'unusable')
    group by subject_id
) as answer using (arxiv_id)
where dim_paper.paper_key <> -1
group by all
union all
select
    'datacite',
    coalesce(answer.outcome, 'pending') as status,
    count(*),
    0,
    max(answer.attempted_at)
from dim_paper
left join (
    select
        subject_id as arxiv_id,
        arg_max(outcome, attempted_at) as outcome,
        max(attempted_at) as attempted_at
    from enrichment_attempt
    where service = 'datacite' and outcome in ('found', 'missing', 'unreadable')
    group by subject_id
) as answer using (arxiv_id)
-- what arXiv does not know is not asked for
where dim_paper.paper_key <> -1 and (dim_paper.status <> 'not_found' or answer.outcome is not null)
group by all
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
