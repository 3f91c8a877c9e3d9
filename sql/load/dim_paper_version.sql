-- Grain: one row per paper and time between two changes of what is said of it, by when we learnt it (type 2). A paper
-- has no row until arXiv or DataCite has answered, and a version that came and went between two answers has none.
-- DataCite tells of a paper until arXiv does. Texts are compared with the same provider's alone, so when arXiv takes
-- over the row goes on, with arXiv's words; only another number of the version begins a new one. A withdrawal counts
-- from either.
-- Rerun: same rows, same keys.
delete from dim_paper_version
where paper_key in (from scope_paper);

insert into dim_paper_version by name
with answer as (
    select
        arxiv_id,
        observed_at,
        max(exchange_id) filter (where service = 'arxiv') as entry_id,
        max(exchange_id) filter (where service = 'datacite') as record_id
    from staging.paper
    where paper_key(arxiv_id) in (from scope_paper)
    group by arxiv_id, observed_at
),

-- What each provider had said last at that time.
known as (
    select
        arxiv_id,
        paper_key(arxiv_id) as paper_key,
        observed_at,
        last_value(entry_id ignore nulls) over paper_in_time as entry_id,
        last_value(record_id ignore nulls) over paper_in_time as record_id
    from answer
    window paper_in_time as (
        partition by arxiv_id order by observed_at rows between unbounded preceding and current row
    )
),

observation as (
    select
        known.paper_key,
        known.observed_at,
        paper.service,
        paper.title,
        paper.abstract,
        list_filter([paper.primary_category], lambda code: code is not null)
        || list_sort(
            list_distinct(list_filter(paper.categories, lambda code: code is distinct from paper.primary_category))
        ) as categories,
        paper.version,
        paper.comment,
        paper.is_withdrawn or coalesce(record.is_withdrawn, false) as is_withdrawn
    from known
    semi join fct_listing using (paper_key)
    join staging.paper as paper
        on known.arxiv_id = paper.arxiv_id and coalesce(known.entry_id, known.record_id) = paper.exchange_id
    left join staging.paper as record
        on known.arxiv_id = record.arxiv_id and known.record_id = record.exchange_id
),

told as (
    select
        *,
        (title, abstract, categories, version, comment, is_withdrawn) as described
    from observation
),

compared as (
    select
        *,
        lag(service) over paper_in_time as service_before,
        lag(version) over paper_in_time as version_before,
        lag(described) over paper_in_time as described_before
    from told
    window paper_in_time as (partition by paper_key order by observed_at)
),

judged as (
    select
        *,
        service_before is null
        or (service = service_before and described is distinct from described_before)
        or coalesce(service <> service_before and version <> version_before, false) as is_change
    from compared
),

period as (
    select
        *,
        count(case when is_change then 1 end) over (
            partition by paper_key order by observed_at rows between unbounded preceding and current row
        ) as number
    from judged
),

-- Within a period, arXiv's words count.
change as (
    select
        * exclude (observed_at),
        min(observed_at) over (partition by paper_key, number) as valid_from
    from period
    qualify row_number() over (partition by paper_key, number order by service, observed_at) = 1
)

select
    paper_key,
    title,
    abstract,
    categories,
    version,
    comment,
    is_withdrawn,
    valid_from,
    lead(valid_from) over paper_in_time as valid_to,
    valid_to is null as is_current
from change
window paper_in_time as (partition by paper_key order by valid_from)
order by paper_key, valid_from;
