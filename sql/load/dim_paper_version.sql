-- Grain: one row per paper and time between two changes of what arXiv says of it, by when we learnt it (type 2). A
-- paper has no row until arXiv has answered, and a version that came and went between two answers has none.
-- Rerun: same rows, same keys.
delete from dim_paper_version
where paper_key in (from scope_paper);

insert into dim_paper_version by name
with answer as (
    select
        arxiv_id,
        paper_key(arxiv_id) as paper_key,
        observed_at,
        max(exchange_id) as exchange_id
    from staging.paper
    where paper_key(arxiv_id) in (from scope_paper)
    group by arxiv_id, observed_at
),

observation as (
    select
        answer.paper_key,
        answer.observed_at,
        paper.title,
        paper.abstract,
        list_filter([paper.primary_category], lambda code: code is not null)
        || list_sort(list_distinct(list_filter(paper.categories, lambda code: code is distinct from primary_category)))
            as categories,
        paper.version,
        paper.comment,
        paper.is_withdrawn
    from answer
    semi join fct_listing using (paper_key)
    join staging.paper as paper using (arxiv_id, observed_at, exchange_id)
),

change as (
    select
        *,
        (title, abstract, categories, version, comment, is_withdrawn) as described
    from observation
    window paper_in_time as (partition by paper_key order by observed_at)
    qualify
        row_number() over paper_in_time = 1
        or described is distinct from lag(described) over paper_in_time
)

select
    paper_key,
    title,
    abstract,
    categories,
    version,
    comment,
    is_withdrawn,
    observed_at as valid_from,
    lead(observed_at) over paper_in_time as valid_to,
    valid_to is null as is_current
from change
window paper_in_time as (partition by paper_key order by observed_at)
order by paper_key, valid_from;
