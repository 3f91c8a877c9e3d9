-- Rule: A paper and a Hugging Face resource are connected by a listing that links to it, or by an answer of Hugging
-- Face of that time.
-- Table: bridge_paper_hub_resource
-- Severity: error
with listed as (
    select distinct
        listing.paper_key,
        link.hub_resource_key
    from bridge_listing_hub_resource as link
    join fct_listing as listing using (listing_key)
),

answer as (
    select
        'paper_page' as asserted_by,
        paper_key(subject_id) as subject_key,
        attempted_at as asserted_at
    from enrichment_attempt
    where service = 'hub_paper' and outcome = 'found'
    union
    select
        'card',
        key_of(subject_id),
        attempted_at
    from enrichment_attempt
    where service = 'hub' and outcome = 'found'
)

select
    connection.paper_key,
    connection.hub_resource_key,
    connection.asserted_by,
    connection.asserted_at
from bridge_paper_hub_resource as connection
left join listed using (paper_key, hub_resource_key)
left join answer
    on
        connection.asserted_by = answer.asserted_by
        and connection.asserted_at = answer.asserted_at
        and answer.subject_key = case connection.asserted_by
            when 'card' then connection.hub_resource_key else connection.paper_key
        end
where
    case connection.asserted_by
        when 'listing' then listed.paper_key is null or connection.asserted_at is not null
        else answer.subject_key is null
    end;
