-- About: What holds now, out of all that was ever answered. Every view depends on the rows alone, never on their order
-- of arrival.

-- Grain: one row per source and day with a settled outcome. A page outlives a later absence, and an absence a later
-- failure. fetched_at is when this outcome with these bytes began, so that asking again changes nothing.
create or replace temp view final_document as
with answer as (
    select
        document.source_id,
        document.listing_date,
        document.fetched_at,
        document.exchange_id,
        page.sha256,
        coalesce(page.outcome, document.outcome) as outcome,
        coalesce(page.reason, document.reason) as reason,
        case
            when page.outcome in ('published', 'empty') then 1
            when document.outcome = 'absent' then 2
            else 3
        end as rank
    from staging.document as document
    left join staging.page as page using (source_id, listing_date, sha256)
    where coalesce(page.outcome, document.outcome) is not null
),

beginning as (
    select
        *,
        min(fetched_at) over (partition by source_id, listing_date, rank) as first_fetched_at
    from answer
    qualify (outcome, sha256, reason) is distinct from lag((outcome, sha256, reason)) over (
        partition by source_id, listing_date, rank order by fetched_at, exchange_id
    )
)

select * exclude (rank, exchange_id)
from beginning
qualify row_number() over (partition by source_id, listing_date order by rank, fetched_at desc, exchange_id desc) = 1;

-- Grain: one row per arXiv id that arXiv has answered for. A paper once found stays found.
create or replace temp view answered_paper as
with latest as (
    select
        arxiv_id,
        max(observed_at) as observed_at
    from staging.paper
    group by arxiv_id
),

entry as (
    select
        arxiv_id,
        observed_at,
        max(exchange_id) as exchange_id
    from staging.paper
    semi join latest using (arxiv_id, observed_at)
    group by arxiv_id, observed_at
),

unknown_id as (
    select
        subject_id as arxiv_id,
        max(attempted_at) as observed_at
    from staging.arxiv_attempt
    where outcome in ('not_found', 'rejected')
    group by subject_id
)

select
    arxiv_id,
    paper_key(arxiv_id) as paper_key,
    case when entry.exchange_id is null then 'not_found' else 'found' end as status,
    coalesce(entry.observed_at, unknown_id.observed_at) as observed_at,
    entry.exchange_id
from entry
full join unknown_id using (arxiv_id);

-- Grain: one row per repository name and time in which it meant one repository. joins_from opens the first of them
-- backwards: a listing from before our first look means the repository that we then found.
create or replace temp view repository_period as
with sighting as (
    select
        name_asked as repository_name,
        repository_id,
        observed_at
    from staging.repository
    where status = 'found'
    union all
    select
        lower(full_name),
        repository_id,
        observed_at
    from staging.repository
    where status = 'found' and lower(full_name) <> name_asked
),

first_sighting as (
    select
        repository_name,
        repository_id,
        min(observed_at) as observed_at
    from sighting
    group by all
),

-- Few names ever mean two repositories; only theirs is a history to be gone through.
contested as (
    select repository_name from first_sighting
    group by repository_name
    having count(*) > 1
),

change as (
    select * from first_sighting anti join contested using (repository_name)
    union all
    select *
    from (select distinct * from sighting semi join contested using (repository_name))
    qualify repository_id is distinct from lag(repository_id) over (
        partition by repository_name order by observed_at, repository_id
    )
)

select
    repository_name,
    repository_id,
    observed_at as valid_from,
    lead(observed_at) over name_in_time as valid_to,
    case when row_number() over name_in_time = 1 then timestamp '1970-01-01' else observed_at end as joins_from
from change
window name_in_time as (partition by repository_name order by observed_at, repository_id);

-- Grain: one row per repository name that GitHub was asked for and said something definite of: its last answer.
create or replace temp view answered_repository as
select
    name_asked as repository_name,
    arg_max(status, (observed_at, exchange_id)) as last_answer,
    max(observed_at) as last_answer_at
from staging.repository
group by name_asked;
