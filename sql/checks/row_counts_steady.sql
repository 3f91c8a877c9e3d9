-- Rule: A page has neither four times nor a quarter of the rows usual for its source, the middle of the ten pages
-- before. A day on which another source is off in the same way is a quiet or a busy one, like those around Christmas.
-- Table: fct_source_day
-- Severity: warning
with usual as (
    select
        source_key,
        listing_date,
        listing_count,
        median(listing_count) over pages_before as usual_count,
        count(*) over pages_before as page_count
    from fct_source_day
    where outcome = 'published'
    window pages_before as (partition by source_key order by listing_date rows between 10 preceding and 1 preceding)
),

-- One is added to both, since one paper instead of four says nothing.
compared as (
    select
        *,
        (listing_count + 1) / (usual_count + 1) as ratio
    from usual
    where page_count = 10
)

select
    source_key,
    listing_date,
    listing_count,
    usual_count
from compared
where
    (ratio > 4 or ratio < 0.25)
    and not exists (
        from compared as other
        where
            other.source_key <> compared.source_key
            and other.listing_date = compared.listing_date
            and ((other.ratio > 2 and compared.ratio > 4) or (other.ratio < 0.5 and compared.ratio < 0.25))
    )
order by listing_date, source_key;
