-- Grain: one row per source and day from $from_date to $to_date that was asked for. A failed day whose page came is
-- unreadable: to ask again brings the same bytes until the source corrects them. Reads the published file.
select
    listing_date,
    source_id,
    case when outcome = 'failed' and document_sha256 is not null then 'unreadable' else outcome end as outcome
from fct_source_day
join dim_source using (source_key)
where listing_date between $from_date and $to_date
order by listing_date, source_id;
