-- Question: How do labels and arXiv categories agree?
-- Order: 23
-- Trap: many to many: a paper counts in each pair of its labels and categories, so that shares do not sum to 1. Only
-- papers with both count. lift: how much more often the two meet than they would by chance.
with label as (
    select
        paper_key,
        task_key
    from mart_label
    semi join bridge_paper_category using (paper_key)
    where task_key <> -1
),

category as (
    select
        paper_key,
        category_key
    from bridge_paper_category
    semi join label using (paper_key)
),

task_total as (
    select
        task_key,
        count(*) as papers
    from label
    group by task_key
),

category_total as (
    select
        category_key,
        count(*) as papers
    from category
    group by category_key
),

pair as (
    select
        task_key,
        category_key,
        count(*) as papers
    from label
    join category using (paper_key)
    group by task_key, category_key
)

select
    dim_task.task_name,
    dim_category.category_code,
    pair.papers,
    round(pair.papers / task_total.papers, 3) as share_of_task,
    round(pair.papers / category_total.papers, 3) as share_of_category,
    round(
        pair.papers * (select count(distinct paper_key) from label) / (task_total.papers * category_total.papers), 3
    ) as lift
from pair
join task_total using (task_key)
join category_total using (category_key)
join dim_task using (task_key)
join dim_category using (category_key)
order by pair.papers desc, lift desc, dim_task.task_name, dim_category.category_code;
