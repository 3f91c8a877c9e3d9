-- Grain: one row per source and day from $from_date to $to_date that was asked for. A failed day whose page came is
-- unreadable: to ask again brings the same bytes until the source corrects them. looked_at is the last look that left a
-- trace: a list that was found as before, without a paper, leaves none. What came after $now is no look: a clock was
-- wrong then. Without any look, an absence or an empty page is no answer, and looked_at is when the day began. Reads
-- the published file.
with seen as (
    select
        listing.source_key,
        listing.listing_date,
        max(look.observed_at) filter (look.observed_at <= $now) as observed_at
    from fct_listing as listing
    join fct_listing_day as look using (listing_key)
    where listing.listing_date between $from_date and $to_date
    group by listing.source_key, listing.listing_date
)

select
    day.listing_date,
    dim_source.source_id,
    case
        when outcome = 'failed' and document_sha256 is not null then 'unreadable'
        when outcome in ('absent', 'empty') and day.fetched_at > $now then 'failed'
        else outcome
    end as outcome,
    coalesce(
        greatest(
            case when day.fetched_at <= $now then day.fetched_at end,
            case when day.first_fetched_at <= $now then day.first_fetched_at end,
            seen.observed_at
        ),
        day.listing_date::timestamp
    ) as looked_at
from fct_source_day as day
join dim_source using (source_key)
left join seen on day.source_key = seen.source_key and day.listing_date = seen.listing_date
where day.listing_date between $from_date and $to_date
order by day.listing_date, dim_source.source_id;
