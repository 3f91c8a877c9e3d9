-- Question: Repositories with most stars today, and their papers
-- Order: 7
-- Trap: a repository may have several papers and a paper several repositories, so a repository is one row with a list
-- of papers. "Today" is the newest observation, observed_at.
-- A link may lead to a tool or to a collection of many projects, and these lead every list: only code that is a
-- paper's own is ranked, by what is known of it. What nobody can tell is `unknown` and not own.
-- $link_role = own -- own, shared, tool or unknown; all: whatever papers link to
-- $limit = 20
with paper as (
    select
        mart_code.repository_key,
        list(distinct mart_code.link_role order by mart_code.link_role) as link_roles,
        list(dim_paper.title order by dim_paper.first_listed_date, dim_paper.paper_key) as papers
    from mart_code
    join dim_paper using (paper_key)
    where $link_role in ('all', mart_code.link_role)
    group by mart_code.repository_key
)

select
    dim_repository.full_name,
    newest.stars_count,
    newest.observed_at,
    dim_repository.status,
    dim_repository.language,
    paper.link_roles,
    paper.papers
from mart_newest_star as newest
join dim_repository using (repository_key)
join paper using (repository_key)
order by newest.stars_count desc, dim_repository.full_name
limit $limit::integer;
