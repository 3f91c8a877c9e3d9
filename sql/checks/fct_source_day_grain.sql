-- A source has one outcome a day. Table: fct_source_day. Severity: error.
select
    source_key,
    listing_date,
    count(*) as row_count
from fct_source_day
group by all
having count(*) > 1;
