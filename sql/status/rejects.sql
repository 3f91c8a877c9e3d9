-- Grain: one row per reason why rows or links were rejected. Reads the published file.
select
    'row' as kind,
    reason,
    count(*) as reject_count,
    any_value(source_id || ' ' || listing_date || ' line ' || line) as example
from rejected_row
group by reason
union all
select
    'link',
    reason,
    count(*),
    min(url)
from rejected_link
group by reason
order by kind desc, reject_count desc, reason;
