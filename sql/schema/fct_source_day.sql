-- Key: source_key, listing_date
create table fct_source_day (
    date_key integer not null, -- day asked for
    listing_date date not null, -- day asked for
    source_key bigint not null, -- source asked
    outcome varchar not null, -- published, empty (a page without a paper), absent (no page, and the day is over),
    -- failed (no usable answer)
    reason varchar, -- why failed, for a person; null otherwise
    row_count integer not null, -- rows of the page: listings + rejected
    listing_count integer not null, -- rows that became listings
    rejected_count integer not null, -- rows that could not be read
    document_sha256 varchar, -- of the page as it came; null without a page
    size_bytes bigint, -- of the page; null without a page
    fetched_at timestamp not null, -- when this outcome with these bytes was first met, UTC
    first_fetched_at timestamp not null, -- when an outcome of this kind (page, absence, failure) was first met, UTC; a
    -- page met later than that is a correction
    header varchar -- table header as met; null without a page
);
