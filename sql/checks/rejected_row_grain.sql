-- A row of a page is rejected once: no two begin on one line. Table: rejected_row. Severity: error.
select
    source_id,
    listing_date,
    line,
    count(*) as row_count
from rejected_row
group by all
having count(*) > 1;
