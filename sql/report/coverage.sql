-- Grain: one row per source that was ever asked and calendar day from $from_date to $to_date, with its outcome.
select
    source_id,
    date,
    outcome,
    reason,
    listing_count,
    fetched_at
from mart_coverage
where
    date between $from_date and $to_date
    and source_id in (
        select source_id from mart_coverage
        where outcome <> 'not asked'
    )
order by source_id, date;
