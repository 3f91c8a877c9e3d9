-- Meaning of the columns of mart_coverage, which as a view has no place of its own for them.
comment on column mart_coverage.source_id is 'the source';
comment on column mart_coverage.date is 'the calendar day, UTC';
comment on column mart_coverage.iso_year is 'year of the ISO week';
comment on column mart_coverage.iso_week is 'ISO week, 1 to 53';
comment on column mart_coverage.weekday is 'ISO weekday: 1 is Monday, 7 is Sunday';
comment on column mart_coverage.is_weekend is 'Saturday or Sunday';
comment on column mart_coverage.outcome is 'published, empty (a page without a paper), absent (no page, and the day is over), failed (no usable answer), not asked';
comment on column mart_coverage.reason is 'why failed, for a person; null otherwise';
comment on column mart_coverage.listing_count is 'rows of the page that became listings; 0 without a page';
comment on column mart_coverage.rejected_count is 'rows of the page that could not be read; 0 without a page';
comment on column mart_coverage.fetched_at is 'when this outcome was first met, UTC; null where not asked';
