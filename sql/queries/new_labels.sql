-- Question: Which labels appeared for the first time in a month?
-- Order: 3
-- Trap: in the first month that is held, every label is new: there is nothing before it.
-- $month = last -- as YYYY-MM, or last: that of the newest listing
with chosen as (
    select
        date_trunc(
            'month', case when $month = 'last' then max(listing_date) else ($month || '-01')::date end
        ) as month_start
    from fct_listing
),

label as (
    select
        task_key,
        min(listing_date) as first_listed_date,
        count(*) as listings_since
    from bridge_listing_task
    join fct_listing using (listing_key)
    group by task_key
)

select
    dim_task.task_name,
    dim_task.task_group,
    label.first_listed_date,
    label.listings_since
from label
join chosen on date_trunc('month', label.first_listed_date) = chosen.month_start
join dim_task using (task_key)
order by label.first_listed_date, dim_task.task_name;
