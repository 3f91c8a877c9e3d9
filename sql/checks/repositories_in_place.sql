-- Rule: No linked repository was replaced: whoever follows its link arrives at another one, made anew by its owner, or
-- by somebody who took over the name.
-- Table: dim_repository
-- Severity: warning
select
    repository_key,
    full_name,
    replaced_by_repository_id,
    observed_at as replaced_at
from dim_repository
where replaced_by_repository_id is not null
order by replaced_at, repository_key;
