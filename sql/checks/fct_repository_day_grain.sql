-- A repository has one observation a day. Table: fct_repository_day. Severity: error.
select
    repository_key,
    date_key,
    count(*) as row_count
from fct_repository_day
group by all
having count(*) > 1;
