-- A place in a paper's list of authors holds one name. Table: bridge_paper_author. Severity: error.
select
    paper_key,
    position,
    count(*) as row_count
from bridge_paper_author
group by all
having count(*) > 1;
