-- Grain: one row per task label and ISO week with a paper of it. A paper counts once, in the week of its first listing
-- with labels, and is shared among its labels: paper_weight sums to the papers of the week. Papers without a label have
-- the unknown task. A week in which no source gave labels has that row alone: its labels are unknown, not zero.
-- Key: week_start, task_key
create view mart_task_week as
select
    dim_date.iso_year, -- year of the ISO week
    dim_date.iso_week, -- ISO week, 1 to 53
    date_trunc('week', mart_label.listing_date)::date as week_start, -- Monday of the week
    mart_label.task_key, -- the label; -1 for papers without one
    dim_task.task_name, -- label as the source writes it
    dim_task.task_group, -- group of Hugging Face's task vocabulary
    round(sum(mart_label.weight), 9) as paper_weight, -- papers, each shared among its labels: sums to the papers of
    -- the week
    count(*) as paper_count -- papers with the label, each counted whole: sums to more than the papers of the week
from mart_label
join dim_date on dim_date.date_key = date_key(mart_label.listing_date)
join dim_task using (task_key)
group by all;
