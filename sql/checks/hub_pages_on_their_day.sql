-- Rule: What Hugging Face's page of a paper says has the UTC day on which it was asked, and the time of its answer; and
-- nobody adds code that there is not.
-- Table: fct_paper_hub_day
-- Severity: error
with answer as (
    select
        paper_key(subject_id) as paper_key,
        attempted_at as observed_at
    from enrichment_attempt
    where service = 'hub_paper' and outcome = 'found'
)

select
    page.paper_key,
    page.date_key,
    page.observed_at,
    page.upvotes_count
from fct_paper_hub_day as page
left join answer using (paper_key, observed_at)
where
    answer.paper_key is null
    or page.date_key <> date_key(page.observed_at::date);
