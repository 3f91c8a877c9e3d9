-- Question: Repositories shared by several papers
-- Order: 24
-- Trap: a paper listed on several days is one paper, and a renamed repository one repository.
select
    dim_repository.full_name,
    count(*) as papers,
    list(dim_paper.arxiv_id order by dim_paper.arxiv_id) as arxiv_ids,
    list(dim_paper.title order by dim_paper.arxiv_id) as titles
from mart_code
join dim_repository using (repository_key)
join dim_paper using (paper_key)
group by mart_code.repository_key, dim_repository.full_name
having count(*) > 1
order by papers desc, dim_repository.full_name;
