-- Rule: Nothing was observed or listed more than a day ahead of now. If something was, a clock was wrong during a
-- fetch.
-- Table: fct_source_day
-- Severity: warning
with stamp as (
    select
        'fct_source_day' as table_name,
        max(fetched_at) as latest
    from fct_source_day
    union all
    select
        'fct_source_day.listing_date',
        max(listing_date)
    from fct_source_day
    union all
    select
        'fct_repository_day',
        max(observed_at)
    from fct_repository_day
    union all
    select
        'fct_repository_star_day',
        max(observed_at)
    from fct_repository_star_day
    union all
    select
        'fct_listing_day',
        max(observed_at)
    from fct_listing_day
    union all
    select
        'fct_hub_resource_day',
        max(observed_at)
    from fct_hub_resource_day
    union all
    select
        'fct_paper_hub_day',
        max(observed_at)
    from fct_paper_hub_day
    union all
    select
        'fct_paper_citation_day',
        max(observed_at)
    from fct_paper_citation_day
    union all
    select
        'dim_paper',
        max(observed_at)
    from dim_paper
    union all
    select
        'enrichment_attempt',
        max(attempted_at)
    from enrichment_attempt
)

select
    table_name,
    latest
from stamp
where latest > current_date + interval 2 day;
