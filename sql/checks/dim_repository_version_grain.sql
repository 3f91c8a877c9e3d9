-- A repository has one description at a time. Table: dim_repository_version. Severity: error.
select
    repository_key,
    valid_from,
    count(*) as row_count
from dim_repository_version
group by all
having count(*) > 1;
