-- Grain: one row per thing that a service is asked for because a listing names it: a paper at arXiv, at Hugging Face
-- and at Semantic Scholar, a repository at GitHub, a model, dataset or space at Hugging Face. When it is due is the
-- rule of the runs; what is due is asked for by the next run, as far as the quota goes. Repositories that a project
-- page only suggests, records of DataCite and pages of star history are not here.
-- Key: service, subject_id
create view mart_next_look as
with listed_paper as (
    select
        paper_key,
        max(listing_date) as last_listed_date
    from fct_listing
    group by paper_key
),

paper as (
    select
        dim_paper.arxiv_id,
        listed_paper.last_listed_date
    from listed_paper
    join dim_paper using (paper_key)
),

answered as (
    select
        service,
        subject_id,
        max(attempted_at) filter (outcome = 'found') as found_at,
        max(attempted_at) filter (outcome in ('not_found', 'rejected')) as not_found_at,
        max(attempted_at) filter (outcome in ('found', 'not_indexed')) as indexed_at,
        max(attempted_at) filter (outcome in ('found', 'not_found', 'unusable')) as counted_at,
        max(attempted_at) filter (outcome = 'forbidden') as refused_at
    from enrichment_attempt
    where service in ('arxiv', 'github', 'hub_paper', 'semantic_scholar')
    group by service, subject_id
),

arxiv as (
    select
        paper.arxiv_id,
        paper.last_listed_date,
        answered.found_at is null as is_unknown,
        coalesce(answered.found_at, answered.not_found_at) as answered_at
    from paper
    left join answered on answered.service = 'arxiv' and paper.arxiv_id = answered.subject_id
),

repository as (
    select
        dim_repository.full_name,
        dim_repository.status,
        greatest(dim_repository.observed_at, answered.refused_at) as observed_at,
        max(fct_listing.listing_date) as last_listed_date,
        any_value(newest.stars_count) as stars_count
    from bridge_listing_repository
    join fct_listing using (listing_key)
    join dim_repository using (repository_key)
    left join mart_newest_star as newest using (repository_key)
    left join answered on answered.service = 'github' and lower(dim_repository.full_name) = answered.subject_id
    where dim_repository.replaced_by_repository_id is null and dim_repository.repository_key <> -1
    group by all
),

ranked as (
    select
        *,
        row_number() over (order by stars_count desc nulls last, lower(full_name)) <= 500 as is_top
    from repository
),

resource as (
    select
        dim_hub_resource.kind || '/' || dim_hub_resource.resource_id as subject_id,
        dim_hub_resource.status,
        dim_hub_resource.observed_at,
        max(fct_listing.listing_date) as last_listed_date
    from bridge_listing_hub_resource
    join fct_listing using (listing_key)
    join dim_hub_resource using (hub_resource_key)
    where dim_hub_resource.kind in ('model', 'dataset', 'space')
    group by all
),

look as (
    select
        'arxiv' as service,
        arxiv_id as subject_id,
        last_listed_date,
        answered_at,
        answered_at + case
            when is_unknown and (answered_at + interval 7 day)::date - last_listed_date < 30 then interval 7 day
            when is_unknown then interval 30 day
            when (answered_at + interval 3 day)::date - last_listed_date < 14 then interval 3 day
            when (answered_at + interval 30 day)::date - last_listed_date < 90 then interval 30 day
            else interval 180 day
        end as due_at
    from arxiv
    union all
    select
        'github',
        full_name,
        last_listed_date,
        observed_at,
        (observed_at::date + case
            when status <> 'found' then 30
            when observed_at::date + 1 - last_listed_date < 30 then 1
            when is_top or observed_at::date + 7 - last_listed_date < 180 then 7
            else 30
        end)::timestamp
    from ranked
    union all
    select
        'hub',
        subject_id,
        last_listed_date,
        observed_at,
        (observed_at::date + case status when 'found' then 7 else 30 end)::timestamp
    from resource
    union all
    select
        'hub_paper',
        paper.arxiv_id,
        paper.last_listed_date,
        answered.indexed_at,
        (answered.indexed_at::date + case
            when answered.indexed_at::date + 7 - paper.last_listed_date < 60 then 7
            else 28
        end)::timestamp
    from paper
    left join answered on answered.service = 'hub_paper' and paper.arxiv_id = answered.subject_id
    where not contains(paper.arxiv_id, '/')
    union all
    select
        'semantic_scholar',
        paper.arxiv_id,
        paper.last_listed_date,
        answered.counted_at,
        (answered.counted_at::date + 7)::timestamp
    from paper
    left join answered on answered.service = 'semantic_scholar' and paper.arxiv_id = answered.subject_id
)

select
    service, -- arxiv, github, hub, hub_paper or semantic_scholar
    subject_id, -- arXiv id, owner/name, or kind/owner/name on the Hub
    last_listed_date, -- newest day with a listing of it: what was listed lately is looked at more often
    answered_at, -- when the service last answered for it, UTC; null if it never has
    due_at -- from when it is asked for again, UTC; null if it has never been answered: the next run asks
from look;
