-- Rule: A source gives labels, links and upvotes only if the registry of sources says that it can tell them. If not,
-- its listings without any are taken for unknown, though it could have told. One whose summaries begin as the
-- abstracts do gives abstracts. A project page that happens to be on Hugging Face tells nothing of other papers: only
-- where more than a tenth link there does the source.
-- Table: dim_source
-- Severity: warning
with listed as (
    select
        source_key,
        count(*) as listing_count,
        count(*) filter (where task_count > 0) as labelled_count,
        count(*) filter (where repository_count > 0) as code_count,
        count(*) filter (where hub_resource_count > 0) as hub_count
    from fct_listing
    group by source_key
),

upvoted as (
    select
        source_key,
        count(*) as upvoted_count
    from fct_listing_day
    join fct_listing using (listing_key)
    where fct_listing_day.upvotes_count is not null
    group by source_key
),

compared as (
    select
        source_key,
        count(*) filter (where left(fct_listing.summary, 80) = left(dim_paper.abstract, 80)) as abstract_count,
        abstract_count > count(*) / 2 as gives_abstracts
    from fct_listing
    join dim_paper using (paper_key)
    where fct_listing.summary is not null and dim_paper.abstract is not null
    group by source_key
)

select
    dim_source.source_id,
    listed.labelled_count,
    listed.code_count,
    listed.hub_count,
    upvoted.upvoted_count,
    compared.abstract_count
from listed
join dim_source using (source_key)
left join upvoted using (source_key)
left join compared using (source_key)
where
    (listed.labelled_count > 0 and not dim_source.lists_labels)
    or (listed.code_count > 0 and not dim_source.lists_code)
    or (listed.hub_count > 0.1 * listed.listing_count and not dim_source.lists_models)
    or (upvoted.upvoted_count > 0 and not dim_source.lists_upvotes)
    or (compared.gives_abstracts and not dim_source.lists_abstracts)
order by dim_source.source_id;
