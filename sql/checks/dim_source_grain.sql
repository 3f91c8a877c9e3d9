-- A source is there once. Table: dim_source. Severity: error.
select
    source_id,
    count(*) as row_count
from dim_source
group by all
having count(*) > 1;
