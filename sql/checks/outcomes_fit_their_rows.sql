-- Rule: A published day has listings, an empty or absent one has no row, a failed one says why; there is no other
-- outcome.
-- Table: fct_source_day
-- Severity: error
select
    source_key,
    listing_date,
    outcome,
    reason,
    row_count,
    listing_count,
    document_sha256
from fct_source_day
where not coalesce(
    case outcome
        when 'published' then listing_count > 0 and document_sha256 is not null
        when 'empty' then row_count = 0 and document_sha256 is not null
        when 'absent' then row_count = 0 and document_sha256 is null
        when 'failed' then reason is not null
    end,
    false
);
