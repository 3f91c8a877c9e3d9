-- A repository is there once: under GitHub's number where that is known, under its lower-case name where it is not. Table: dim_repository. Severity: error.
select
    coalesce(repository_id::varchar, lower(full_name)) as natural_key,
    count(*) as row_count
from dim_repository
group by all
having count(*) > 1;
