-- A paper is there once, under the arXiv id without version. Table: dim_paper. Severity: error.
select
    arxiv_id,
    count(*) as row_count
from dim_paper
group by all
having count(*) > 1;
