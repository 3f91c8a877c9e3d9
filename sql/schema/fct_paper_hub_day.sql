-- Key: paper_key, date_key
create table fct_paper_hub_day (
    paper_key bigint not null, -- the paper
    date_key integer not null, -- UTC day on which Hugging Face was asked, never the day of a page
    observed_at timestamp not null, -- the last answer of the day, UTC
    upvotes_count bigint, -- upvotes of the paper's page there
    code_url varchar, -- the repository that its page names, as written there; null if none
    code_added_by varchar, -- user: a person, who need not be an author; auto: matched by Hugging Face; null if unsaid
    project_url varchar, -- the project page that it names; null if none
    organisation varchar, -- the account that the paper is shown under; null if none
    models_count bigint, -- models that link to the paper, by Hugging Face; bridge_paper_hub_resource may have fewer
    datasets_count bigint, -- like models_count
    spaces_count bigint -- like models_count
);
