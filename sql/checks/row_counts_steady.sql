-- Rule: A weekday has between a quarter of the usual papers and four times as many. Usual is the median of the ten
-- weekdays with papers before. A day on which another source is off in the same way, as around Christmas, is no error,
-- and a list that was last seen before its day was over is not whole yet.
-- Table: fct_source_day
-- Severity: warning
with unfinished as (
    select
        source_key,
        listing_date
    from fct_listing_day
    join fct_listing using (listing_key)
    group by source_key, listing_date
    having max(fct_listing_day.observed_at) < listing_date + interval 1 day
),

usual as (
    select
        source_key,
        listing_date,
        listing_count,
        median(listing_count) over pages_before as usual_count,
        count(*) over pages_before as page_count
    from fct_source_day
    anti join unfinished using (source_key, listing_date)
    where outcome = 'published' and isodow(listing_date) < 6
    window pages_before as (partition by source_key order by listing_date rows between 10 preceding and 1 preceding)
),

-- One is added to both: one paper instead of four is no signal.
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
