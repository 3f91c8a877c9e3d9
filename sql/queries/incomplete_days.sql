-- Question: Days and sources that are incomplete: empty, absent, failed, rejected rows
-- Order: 21
-- Trap: a weekend without a page is the rule, not a gap, so it is left out; so are days never asked for outside the
-- days held (mart_coverage has them).
with held as (
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
join held on coverage.source_id = held.source_id and coverage.date between held.first_date and held.last_date
where
    (coverage.outcome <> 'published' or coverage.rejected_count > 0)
    and not (coverage.is_weekend and coverage.outcome in ('absent', 'not asked'))
order by coverage.date, coverage.source_id;
