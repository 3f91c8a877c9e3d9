-- Rule: At most a tenth of what was listed a week or more before the newest page still waits for its first answer.
-- Table: enrichment_attempt
-- Severity: warning
with newest as (
    select max(listing_date) as listing_date from fct_listing
),

subject as (
    select
        'arxiv' as service,
        status,
        first_listed_date
    from dim_paper
    where paper_key <> -1
    union all
    select
        'github',
        status,
        first_listed_date
    from dim_repository
    where repository_key <> -1
    union all
    select
        'hub',
        status,
        first_listed_date
    from dim_hub_resource
    where status not in ('unknown', 'not_asked')
)

select
    subject.service,
    count(*) filter (where subject.status = 'pending') as pending_count,
    count(*) as subject_count,
    min(subject.first_listed_date) filter (where subject.status = 'pending') as pending_since
from subject
cross join newest
where subject.first_listed_date <= newest.listing_date - 7
group by subject.service
having count(*) filter (where subject.status = 'pending') > 0.1 * count(*)
order by subject.service;
