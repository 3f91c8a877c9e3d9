-- A paper is to be found by one text. Table: search_document. Severity: error.
select
    paper_key,
    count(*) as row_count
from search_document
group by all
having count(*) > 1;
