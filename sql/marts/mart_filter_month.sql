-- Grain: one row per source that publishes a day twice, with and without a filter, month of the listings, and thing
-- that a listing may have: each label, any code, any Hugging Face resource. Only days of which both documents could be
-- read count, so that the two shares are of the same days. A listing counts once, in whichever document it stands.
-- Key: source_id, month, kind, name
create view mart_filter_month as
with document_day as (
    select
        source_key,
        listing_date
    from fct_listing
    join fct_source_day using (source_key, listing_date)
    where fct_source_day.header is not null
    group by source_key, listing_date
    having bool_or(is_in_json)
),

-- A source with one document has no filter to look at.
filtering as (
    select source_key
    from fct_listing
    where is_in_markdown and is_in_json
    group by source_key
),

listed as (
    select
        listing_key,
        source_key,
        date_trunc('month', listing_date)::date as month,
        is_in_markdown,
        task_count is not null as tells_labels,
        repository_count > 0 as has_code,
        hub_resource_count > 0 as has_models
    from fct_listing
    semi join filtering using (source_key)
    semi join document_day using (source_key, listing_date)
),

-- Those of which the source could tell: of others neither yes nor no is known.
told as (
    select
        source_key,
        month,
        'label' as kind,
        count(*) filter (where is_in_markdown) as shown_count,
        count(*) as listing_count
    from listed
    where tells_labels
    group by all
    union all
    select
        source_key,
        month,
        'code',
        count(has_code) filter (where is_in_markdown),
        count(has_code)
    from listed
    group by all
    union all
    select
        source_key,
        month,
        'models',
        count(has_models) filter (where is_in_markdown),
        count(has_models)
    from listed
    group by all
),

having_it as (
    select
        source_key,
        month,
        'label' as kind,
        task_name as name,
        count(*) filter (where is_in_markdown) as shown_with_count,
        count(*) as with_count
    from listed
    join bridge_listing_task using (listing_key)
    join dim_task using (task_key)
    group by all
    union all
    select
        source_key,
        month,
        'code',
        'any code',
        count(*) filter (where has_code and is_in_markdown),
        count(*) filter (where has_code)
    from listed
    group by all
    union all
    select
        source_key,
        month,
        'models',
        'any model, dataset or space',
        count(*) filter (where has_models and is_in_markdown),
        count(*) filter (where has_models)
    from listed
    group by all
)

select
    dim_source.source_id, -- the source
    month, -- first day of the month
    kind, -- label, code or models
    having_it.name, -- the label, or what else a listing may have
    told.shown_count, -- listings on the page, behind the filter, of which the source could tell
    told.listing_count, -- the same without the filter
    having_it.shown_with_count, -- of shown_count, those that have it
    having_it.with_count, -- of listing_count, those that have it
    having_it.shown_with_count / nullif(told.shown_count, 0) as shown_share, -- share behind the filter; null if the
    -- page shows none of which the source could tell
    having_it.with_count / nullif(told.listing_count, 0) as share, -- share without the filter; null likewise
    shown_share - share as bias -- what the filter adds to the share, or takes from it, if negative
from having_it
join told using (source_key, month, kind)
join dim_source using (source_key);
