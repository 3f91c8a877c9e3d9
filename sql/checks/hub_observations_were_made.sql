-- Rule: A Hugging Face resource has numbers only for days on which Hugging Face answered for it, and at the time of
-- that answer.
-- Table: fct_hub_resource_day
-- Severity: error
with answer as (
    select
        key_of(subject_id) as hub_resource_key,
        attempted_at as observed_at
    from enrichment_attempt
    where service = 'hub' and outcome = 'found'
)

select
    hub_resource_key,
    date_key,
    observed_at,
    likes_count
from fct_hub_resource_day
anti join answer using (hub_resource_key, observed_at);
