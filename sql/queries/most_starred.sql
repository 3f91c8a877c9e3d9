-- Question: Repositories with most stars today, and their papers
-- Order: 7
-- Trap: a repository has several papers and a paper several repositories: one row a repository, its papers as a list.
-- "Today" is observed_at, the newest observation.
-- $limit = 20
with paper as (
    select
        mart_code.repository_key,
        list(dim_paper.title order by dim_paper.first_listed_date, dim_paper.paper_key) as papers
    from mart_code
    join dim_paper using (paper_key)
    group by mart_code.repository_key
)

select
    dim_repository.full_name,
    newest.stars_count,
    newest.observed_at,
    dim_repository.status,
    dim_repository.language,
    paper.papers
from mart_newest_star as newest
join dim_repository using (repository_key)
join paper using (repository_key)
order by newest.stars_count desc, dim_repository.full_name
limit $limit::integer;
