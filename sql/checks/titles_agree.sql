-- Rule: Sources that list the same paper give it the same title.
-- Table: fct_listing
-- Severity: warning
select
    paper_key,
    count(distinct title) as title_count,
    min(title) as one_title,
    max(title) as another_title
from fct_listing
group by paper_key
having count(distinct title) > 1;
