-- Question: Days and sources that are incomplete: empty, absent, failed, rejected rows
-- Order: 21
-- Trap: most weekends have no page, so they are left out. So are days before the first and after the last one that was
-- asked for, and those of a source that had ended (mart_coverage has them).
with asked as (
    select
        source_id,
        min(date) as first_date,
        max(date) as last_date
    from mart_coverage
    where outcome <> 'not asked'
    group by source_id
)

select
    coverage.source_id,
    coverage.date,
    coverage.weekday,
    coverage.outcome,
    coverage.reason,
    coverage.listing_count,
    coverage.rejected_count
from mart_coverage as coverage
join asked on coverage.source_id = asked.source_id and coverage.date between asked.first_date and asked.last_date
where
    (coverage.outcome <> 'published' or coverage.rejected_count > 0)
    and not (coverage.is_weekend and coverage.outcome in ('absent', 'not asked'))
    and not (coverage.has_ended and coverage.outcome in ('empty', 'absent', 'not asked'))
order by coverage.date, coverage.source_id;
