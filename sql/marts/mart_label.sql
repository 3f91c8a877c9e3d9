-- Grain: one row per paper and task label, from the paper's first listing that has labels, so that sources and days
-- that overlap count a paper once. A paper that was never labelled has the unknown task: weights sum to 1 a paper, and
-- to the number of papers over all.
-- Key: paper_key, task_key
create view mart_label as
with listed as (
    select
        paper_key,
        listing_key,
        listing_date,
        row_number() over (
            partition by paper_key order by (task_count = 0), listing_date, not is_first_listing, source_key
        ) as rank
    from fct_listing
)

select
    listed.paper_key, -- the paper
    coalesce(bridge_listing_task.task_key, -1) as task_key, -- the label; -1, the unknown task, where no listing of the
    -- paper has one
    coalesce(bridge_listing_task.weight, 1) as weight, -- share of the paper: sums to 1 over a paper's labels
    listed.listing_key, -- the listing that the labels are of
    listed.listing_date -- day of that listing
from listed
left join bridge_listing_task using (listing_key)
where listed.rank = 1;
