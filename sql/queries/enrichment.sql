-- Question: How complete is enrichment; what is deferred, and why?
-- Order: 30
-- Trap: not found, not public and blocked are answers, pending is not. The reason for waiting is the outcome of the
-- last attempt, or that nobody has asked yet.
with subject as (
    select
        'arxiv' as service,
        arxiv_id as subject_id,
        status,
        first_listed_date,
        observed_at
    from dim_paper
    where paper_key <> -1
    union all
    select
        'github',
        lower(full_name),
        status,
        first_listed_date,
        observed_at
    from dim_repository
    where repository_key <> -1
    union all
    select
        'hub',
        lower(kind || '/' || resource_id),
        status,
        first_listed_date,
        observed_at
    from dim_hub_resource
    where status not in ('unknown', 'not_asked')
)

select
    subject.service,
    subject.status,
    backlog.reason,
    count(*) as subjects,
    round(count(*) / sum(count(*)) over (partition by subject.service), 3) as share,
    min(subject.first_listed_date) as oldest_listing_date,
    max(coalesce(subject.observed_at, backlog.last_attempted_at)) as last_heard_at
from subject
left join mart_enrichment_backlog as backlog using (service, subject_id)
group by subject.service, subject.status, backlog.reason
order by subject.service, subjects desc, subject.status, backlog.reason;
