-- A name means one repository at a time. Table: dim_repository_name. Severity: error.
select
    repository_name,
    valid_from,
    count(*) as row_count
from dim_repository_name
group by all
having count(*) > 1;
