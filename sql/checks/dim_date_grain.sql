-- A calendar day is there once. Table: dim_date. Severity: error.
select
    date,
    count(*) as row_count
from dim_date
where date_key <> -1
group by all
having count(*) > 1;
