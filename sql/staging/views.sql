-- About: the current state, derived from all answers. Every view depends only on the rows, not on the order in which
-- they arrived.

-- Grain: one row per document and day with a final outcome. A page that can be read wins over all else at any time.
-- Without one, the newest evidence counts: a page that could not be read or whose bytes are lost, or an absence. Both
-- win over no answer.
-- correction_failure says why the newest page of the day is not the one shown. fetched_at is when this outcome with
-- these bytes first came, so asking again changes nothing. document_fetched_at is when these bytes came for the first
-- time of all, with the response that the rows of the page were read from.
create or replace temp view final_document as
-- A feed that lists nothing of a day that had papers has lost them, and does not correct the day.
with emptied as (
    select exchange_id
    from (
        select
            document.exchange_id,
            page.outcome,
            bool_or(page.outcome = 'published') over (
                partition by document_id, listing_date order by document.fetched_at, document.exchange_id
            ) as had_papers
        from staging.document as document
        join staging.page as page using (document_id, listing_date, sha256)
        where document.is_feed
    )
    where outcome = 'empty' and had_papers
),

answer as (
    select
        document.source_id,
        document.document_id,
        page.document,
        document.listing_date,
        document.fetched_at,
        document.exchange_id,
        -- Bytes that were known when they came are stored once. Without them nobody can tell what the page says.
        case when coalesce(page.outcome, document.outcome) is not null then document.sha256 end as sha256,
        case
            when emptied.exchange_id is null then coalesce(page.outcome, document.outcome, 'failed') else 'failed'
        end as outcome,
        case
            when emptied.exchange_id is not null then 'an empty list, of a day that had papers before'
            when coalesce(page.outcome, document.outcome) is null then 'its bytes are lost, with another raw file'
            else coalesce(page.reason, document.reason)
        end as reason,
        case
            when emptied.exchange_id is not null then 'unread page'
            when page.outcome in ('published', 'empty') then 'page'
            when document.outcome = 'absent' then 'absence'
            -- A page is there: its bytes came, or the archive lists it.
            when page.outcome = 'failed' or document.sha256 is not null then 'unread page'
            when (try_cast(exchange.headers as json) ->> '$."x-blob-sha"') is not null then 'unread page'
            else 'no answer'
        end as evidence
    from staging.document as document
    left join staging.page as page using (document_id, listing_date, sha256)
    left join staging.exchange as exchange
        on document.exchange_id = exchange.exchange_id and document.outcome = 'failed'
    left join emptied on document.exchange_id = emptied.exchange_id
    where coalesce(page.outcome, document.outcome, document.sha256) is not null
),

ranked as (
    select
        *,
        min(fetched_at) over (partition by document_id, listing_date, evidence) as first_fetched_at,
        case
            when sha256 is not null then min(fetched_at) over (partition by document_id, listing_date, sha256)
        end as document_fetched_at,
        case evidence when 'page' then 1 when 'no answer' then 3 else 2 end as rank
    from answer
),

beginning as (
    select *
    from ranked
    qualify (outcome, sha256, reason) is distinct from lag((outcome, sha256, reason)) over (
        partition by document_id, listing_date, rank order by fetched_at, exchange_id
    )
),

-- Whether the newest page of a day could be read.
newest_page as (
    select
        document_id,
        listing_date,
        arg_max(evidence, (fetched_at, exchange_id)) as evidence,
        arg_max(reason, (fetched_at, exchange_id)) as reason
    from answer
    where evidence in ('page', 'unread page')
    group by document_id, listing_date
)

select
    beginning.source_id,
    beginning.document_id,
    beginning.document,
    beginning.listing_date,
    beginning.fetched_at,
    beginning.sha256,
    beginning.outcome,
    beginning.reason,
    beginning.first_fetched_at,
    beginning.document_fetched_at,
    case
        when beginning.evidence = 'page' and newest_page.evidence = 'unread page' then newest_page.reason
    end as correction_failure
from beginning
left join newest_page using (document_id, listing_date)
qualify
    row_number() over (
        partition by document_id, listing_date
        order by beginning.rank, beginning.fetched_at desc, beginning.exchange_id desc
    ) = 1;

-- Grain: one row per source and day with a final outcome of any document. One that lists papers is enough for a
-- published day; another that cannot be read is told in correction_failure.
create or replace temp view final_day as
with ranked as (
    select
        *,
        document_id = source_id as is_main,
        case outcome when 'published' then 1 when 'failed' then 2 when 'empty' then 3 else 4 end as rank
    from final_document
)

select
    source_id,
    listing_date,
    first(outcome order by rank, document_id) as outcome,
    first(reason order by rank, document_id) as reason,
    coalesce(
        min(correction_failure),
        case when min(rank) = 1 then min(reason) filter (outcome = 'failed') end
    ) as correction_failure,
    coalesce(min(sha256) filter (is_main), min(sha256)) as document_sha256,
    min(sha256) filter (not is_main) as companion_sha256,
    max(fetched_at) as fetched_at,
    min(first_fetched_at) as first_fetched_at,
    coalesce(min(document_fetched_at) filter (is_main), min(document_fetched_at)) as document_fetched_at
from ranked
group by source_id, listing_date;

-- Grain: one row per paper that the pages shown list, with the day of its newest listing.
create or replace temp view listed_paper as
select
    paper_key,
    any_value(arxiv_id) as arxiv_id,
    max(listing_date) as last_listed_date
from staging.listing
semi join final_document using (document_id, listing_date, sha256)
group by paper_key;

-- Grain: one row per arXiv id with an answer. What arXiv says wins over what DataCite says, however old it is. A paper
-- that was found once stays found; that DataCite lacks one means nothing yet.
create or replace temp view answered_paper as
with latest as (
    select
        arxiv_id,
        service,
        max(observed_at) as observed_at
    from staging.paper
    group by arxiv_id, service
    qualify row_number() over (partition by arxiv_id order by service) = 1 -- arxiv before datacite
),

entry as (
    select
        arxiv_id,
        service,
        observed_at,
        max(exchange_id) as exchange_id
    from staging.paper
    semi join latest using (arxiv_id, service, observed_at)
    group by arxiv_id, service, observed_at
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
    entry.service as metadata_source,
    entry.exchange_id
from entry
full join unknown_id using (arxiv_id);

-- Grain: one row per arXiv id with a record at DataCite: the last one. It tells licence, times and withdrawals also of
-- papers of which arXiv tells the rest.
create or replace temp view recorded_paper as
select
    arxiv_id,
    licence,
    version_times,
    is_withdrawn
from staging.paper
where service = 'datacite'
qualify row_number() over (partition by arxiv_id order by observed_at desc, exchange_id desc) = 1;

-- Grain: one row per repository name and time in which it meant one repository. joins_from is open to the past for the
-- first of them: a listing from before our first request means the repository that we found then.
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

-- Few names ever mean two repositories. Only these need their whole history.
contested as (
    select repository_name from first_sighting
    group by repository_name
    having count(*) > 1
),

change as (
    select * from first_sighting anti join contested using (repository_name)
    union all
    select *
    from (
        -- of answers in the same microsecond, one
        select
            repository_name,
            max(repository_id) as repository_id,
            observed_at
        from sighting semi join contested using (repository_name)
        group by repository_name, observed_at
    )
    qualify repository_id is distinct from lag(repository_id) over (
        partition by repository_name order by observed_at
    )
)

select
    repository_name,
    repository_id,
    observed_at as valid_from,
    lead(observed_at) over name_in_time as valid_to,
    lead(repository_id) over name_in_time as next_repository_id,
    case when row_number() over name_in_time = 1 then timestamp '1970-01-01' else observed_at end as joins_from
from change
window name_in_time as (partition by repository_name order by observed_at);

-- Grain: one row per repository name with a final answer from GitHub: the last one.
create or replace temp view answered_repository as
select
    name_asked as repository_name,
    arg_max(status, (observed_at, exchange_id)) as last_answer,
    max(observed_at) as last_answer_at
from staging.repository
group by name_asked;

-- Grain: one row per paper and Hugging Face resource that Hugging Face connects, and how: the newest page of the paper
-- lists it, or the newest description of the resource has a tag for the paper, which its card links to. Either may name
-- papers that nobody listed.
create or replace temp view hub_connection as
with page as (
    select *
    from staging.hub_paper
    qualify row_number() over (partition by arxiv_id order by observed_at desc, exchange_id desc) = 1
),

description as (
    select *
    from staging.hub_resource
    where status = 'found'
    qualify row_number() over (partition by resource_asked order by observed_at desc, exchange_id desc) = 1
)

select
    paper_key(arxiv_id) as paper_key,
    listed.resource_named,
    'paper_page' as asserted_by,
    observed_at
from page
cross join unnest(resources) as listed (resource_named)
union all
select
    paper_key(cited.arxiv_id),
    resource_asked,
    'card',
    observed_at
from description
cross join unnest(cited_arxiv_ids) as cited (arxiv_id);
