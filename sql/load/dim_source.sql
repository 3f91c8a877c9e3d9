-- Grain: one row per source of daily pages, as the code lists them.
-- Rerun: same rows, same keys.
delete from dim_source
where
    source_key <> -1
    and (source_id, url, licence, first_date) not in (select (source_id, url, licence, first_date) from known_source);

insert into dim_source by name
select
    key_of(source_id) as source_key,
    source_id,
    url,
    licence,
    first_date
from known_source
where key_of(source_id) not in (select source_key from dim_source)
order by first_date;
