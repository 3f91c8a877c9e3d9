-- Grain: one row per listing and task label, with a weight that sums to 1 over the listing. No row where the source
-- gives no label.
-- Rerun: same rows, same keys.
delete from bridge_listing_task
where listing_key in (from scope_listing);

insert into bridge_listing_task by name
with label as (
    select
        listing.listing_key,
        key_of(task.name) as task_key,
        min(task.position)::integer as position
    from current_listing as listing
    semi join scope_listing using (listing_key)
    cross join unnest(listing.tasks) with ordinality as task (name, position)
    group by all
)

select
    *,
    1 / count(*) over (partition by listing_key) as weight
from label;
