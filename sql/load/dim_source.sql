-- Grain: one row per source of daily pages that the code knows, with what its pages can tell.
-- Rerun: same rows, same keys.
create or replace temp view told_source as
select
    key_of(source_id) as source_key,
    source_id,
    url,
    licence,
    first_date,
    list_contains(tells, 'labels') as lists_labels,
    list_contains(tells, 'code') as lists_code,
    list_contains(tells, 'models') as lists_models,
    list_contains(tells, 'abstract') as lists_abstracts,
    list_contains(tells, 'upvotes') as lists_upvotes,
    last_date,
    row_number() over (
        order by len(list_intersect(tells, ['labels', 'code', 'models'])) desc, first_date, place
    )::integer as tie_order
from (
    select
        *,
        row_number() over () as place -- in the list of the code
    from known_source
);

delete from dim_source
where
    source_key <> -1
    and source_key not in (
        select source_key from (
            from dim_source
            intersect
            from told_source
        )
    );

insert into dim_source by name
select *
from told_source
where source_key not in (select source_key from dim_source)
order by first_date;
