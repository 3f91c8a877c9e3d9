-- Grain: one row per other name of a repository that a paper links to, by name: one that it had, or has in a link.
select
    dim_repository_name.repository_name,
    dim_repository_name.repository_key
from dim_repository_name
join dim_repository using (repository_key)
semi join mart_code using (repository_key)
where
    dim_repository_name.valid_to is null
    and dim_repository_name.repository_name <> lower(dim_repository.full_name)
    and dim_repository_name.repository_name not in (select lower(other.full_name) from dim_repository as other)
order by dim_repository_name.repository_name;
