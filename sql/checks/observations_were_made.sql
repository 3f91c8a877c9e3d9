-- Rule: A repository's numbers stand only on days on which GitHub was asked for it and answered at that very time.
-- Table: fct_repository_day
-- Severity: error
with answer as (
    select
        dim_repository_name.repository_key,
        enrichment_attempt.attempted_at as observed_at
    from enrichment_attempt
    join dim_repository_name on enrichment_attempt.subject_id = dim_repository_name.repository_name
    where enrichment_attempt.service = 'github' and enrichment_attempt.outcome = 'found'
)

select
    repository_key,
    date_key,
    observed_at,
    stars_count
from fct_repository_day
anti join answer using (repository_key, observed_at);
