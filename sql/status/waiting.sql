-- Grain: one row: how many papers, repositories and Hugging Face resources wait for a first answer. Reads the published
-- file.
select
    (
        select count(*) from dim_paper
        where status = 'pending' and paper_key <> -1
    )
    + (
        select count(*) from dim_repository
        where status = 'pending' and repository_key <> -1
    )
    + (
        select count(*) from dim_hub_resource
        where status = 'pending'
    ) as waiting_count;
