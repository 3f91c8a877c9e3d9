-- Grain: one row per source and day that was asked for, with the outcome. A day has no row while its page may still
-- come.
-- Rerun: same rows.
delete from fct_source_day
where (source_key, listing_date) in (select (key_of(source_id), listing_date) from scope_day);

create or replace temp view day_page as
select
    page.*,
    document_id = source_id as is_main
from staging.page as page
semi join current_document using (document_id, listing_date, sha256);

create or replace temp view listed_twice as
select
    source_id,
    listing_date,
    count(*)::integer as listing_count
from companion_key
where not is_alone
group by source_id, listing_date;

insert into fct_source_day by name
select
    date_key(document.listing_date) as date_key,
    document.listing_date,
    key_of(document.source_id) as source_key,
    document.outcome,
    document.reason,
    document.correction_failure,
    coalesce(main.row_count, 0) + coalesce(companion.row_count, 0) - coalesce(twice.listing_count, 0) as row_count,
    coalesce(main.listing_count, 0) + coalesce(companion.listing_count, 0)
    - coalesce(twice.listing_count, 0) as listing_count,
    coalesce(main.rejected_count, 0) + coalesce(companion.rejected_count, 0) as rejected_count,
    document.document_sha256,
    document.companion_sha256,
    coalesce(main.size_bytes + coalesce(companion.size_bytes, 0), companion.size_bytes) as size_bytes,
    document.fetched_at,
    document.first_fetched_at,
    document.document_fetched_at,
    main.header
from current_day as document
semi join scope_day using (source_id, listing_date)
left join day_page as main
    on
        document.source_id = main.source_id
        and document.listing_date = main.listing_date
        and main.is_main
left join day_page as companion
    on
        document.source_id = companion.source_id
        and document.listing_date = companion.listing_date
        and not companion.is_main
left join listed_twice as twice
    on document.source_id = twice.source_id and document.listing_date = twice.listing_date
order by document.listing_date, source_key;
