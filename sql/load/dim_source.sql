-- Grain: one row per source of daily papers that the code knows, with what its pages can tell, and one per source of
-- which something is stored that no installed package knows any more.
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
    list_contains(tells, 'abstracts') as lists_abstracts,
    list_contains(tells, 'upvotes') as lists_upvotes,
    last_date,
    row_number() over (
        order by
            array_length(list_intersect(tells, ['labels', 'code', 'models'])) desc,
            first_date,
            number,
            key_of(source_id)
    )::integer as tie_order
from (
    select
        number,
        source_id,
        url,
        licence,
        first_date,
        last_date,
        tells
    from known_source
    union all
    select
        null as number,
        source_id,
        null as url,
        null as licence,
        null as first_date,
        null as last_date,
        null as tells
    from (select distinct source_id from staging.document)
    anti join known_source using (source_id)
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
