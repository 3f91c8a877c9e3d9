-- Grain: one row per paper and task label, from the paper's first listing with labels, so that a paper counts once over
-- all sources and days. A paper without any label has the unknown task: for most, no source that gives labels lists it
-- (mart_paper.has_labels is null). Weights sum to 1 over a paper, and to the number of papers over all.
-- Key: paper_key, task_key
create view mart_label as
with listed as (
    select
        paper_key,
        listing_key,
        listing_date,
        row_number() over (partition by paper_key order by coalesce(task_count, 0) = 0, listing_number) as rank
    from fct_listing
)

select
    listed.paper_key, -- the paper
    coalesce(bridge_listing_task.task_key, -1) as task_key, -- the label; -1, the unknown task, if no listing of the
    -- paper has one
    coalesce(bridge_listing_task.weight, 1) as weight, -- share of the paper: sums to 1 over a paper's labels
    listed.listing_key, -- the listing with these labels
    listed.listing_date -- day of that listing
from listed
left join bridge_listing_task using (listing_key)
where listed.rank = 1;
