-- Rule: The weights of a repository's languages sum to one.
-- Table: bridge_repository_language
-- Severity: error
select
    repository_key,
    sum(weight) as weight
from bridge_repository_language
group by repository_key
having abs(sum(weight) - 1) > 1e-9;
