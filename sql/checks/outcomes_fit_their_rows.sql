-- Rule: A published day has listings. An empty or absent day has no row. A failed day has a reason. There is no other
-- outcome. Only where an older page is shown is there a newer one that cannot be read.
-- Table: fct_source_day
-- Severity: error
select
    source_key,
    listing_date,
    outcome,
    reason,
    row_count,
    listing_count,
    document_sha256,
    correction_failure
from fct_source_day
where
    (correction_failure is not null and outcome not in ('published', 'empty'))
    or not coalesce(
        case outcome
            when 'published' then listing_count > 0 and document_sha256 is not null
            when 'empty' then row_count = 0 and document_sha256 is not null
            when 'absent' then row_count = 0 and document_sha256 is null
            when 'failed' then reason is not null
        end,
        false
    );
