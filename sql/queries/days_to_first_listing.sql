-- Question: Median days from arXiv submission to first listing, by task
-- Order: 6
-- Trap: the first listing only, over all sources, and days in UTC. Papers that arXiv has not answered for cannot count;
-- a paper counts in each of its tasks.
select
    dim_task.task_name,
    count(*) as papers,
    median(dim_paper.first_listed_date - dim_paper.submitted_at::date) as median_days,
    min(dim_paper.first_listed_date - dim_paper.submitted_at::date) as fewest_days,
    max(dim_paper.first_listed_date - dim_paper.submitted_at::date) as most_days
from mart_label
join dim_task using (task_key)
join dim_paper using (paper_key)
where dim_paper.submitted_at is not null
group by dim_task.task_name
order by papers desc, dim_task.task_name;
