-- Rule: The versions of a repository follow each other without gap or overlap, and the last of them is the current one.
-- Table: dim_repository_version
-- Severity: error
select
    repository_key,
    valid_from,
    valid_to,
    is_current,
    lead(valid_from) over (partition by repository_key order by valid_from) as next_from
from dim_repository_version
qualify
    valid_to is distinct from next_from
    or valid_to <= valid_from
    or is_current <> (valid_to is null);
