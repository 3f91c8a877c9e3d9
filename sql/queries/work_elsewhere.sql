-- Question: Where the work of papers is that link to no repository on GitHub
-- Order: 44
-- Trap: a project page is no code. Of a page owner.github.io/name GitHub is asked for owner/name: found is a good guess
-- and no link. Of sources that tell of no code, a project page or another host may still be known.
-- $limit = 20 -- papers shown
select
    arxiv_id,
    title,
    last_listed_date,
    has_code,
    other_code_urls,
    project_urls,
    page_repository_name
from mart_paper
where has_code is distinct from true and (len(other_code_urls) > 0 or len(project_urls) > 0)
order by len(other_code_urls) > 0 desc, page_repository_name is null, last_listed_date desc, arxiv_id
limit $limit;
