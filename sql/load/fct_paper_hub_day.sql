-- Grain: one row per paper and UTC day on which Hugging Face was asked and has a page of it: the last answer of that
-- day. Days without an answer have no row, and nothing is filled in for them.
-- Rerun: same rows, same keys.
delete from fct_paper_hub_day
where paper_key in (from scope_hub_paper);

insert into fct_paper_hub_day by name
select
    paper_key(arxiv_id) as paper_key,
    date_key(observed_at::date) as date_key,
    observed_at,
    upvotes_count,
    code_url,
    code_added_by,
    project_url,
    organisation,
    models_count,
    datasets_count,
    spaces_count
from staging.hub_paper
where
    paper_key(arxiv_id) in (from scope_hub_paper)
    and arxiv_id in (select dim_paper.arxiv_id from dim_paper)
qualify
    row_number() over (partition by arxiv_id, observed_at::date order by observed_at desc, exchange_id desc) = 1
order by date_key, paper_key;
