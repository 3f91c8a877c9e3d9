-- Key: source_key, listing_date
create table fct_source_day (
    date_key integer not null, -- day asked for
    listing_date date not null, -- day asked for
    source_key bigint not null, -- source asked
    outcome varchar not null, -- published, empty (a page without a paper), absent (no page, and the day is over),
    -- failed (no usable answer, or a page that cannot be read)
    reason varchar, -- why failed, for a person; null otherwise
    correction_failure varchar, -- why the newest page cannot be read, while the rows are those of the newest one that
    -- can; null if the newest page is shown
    row_count integer not null, -- rows of the page: listings + rejected; a paper that two documents list is one row
    listing_count integer not null, -- rows that became listings
    rejected_count integer not null, -- rows that could not be read
    document_sha256 varchar, -- of the page as it came; of a feed, of what makes it another list if it changes; null
    -- without a page
    companion_sha256 varchar, -- of the second document of the day, if the source has two, as it came; else null
    size_bytes bigint, -- of its documents, of a feed's list what identifies it; null without a page
    fetched_at timestamp not null, -- when this outcome with these bytes first came, UTC
    first_fetched_at timestamp not null, -- when an outcome of this kind (page, absence, failure) first came, UTC; a
    -- later page is a correction
    document_fetched_at timestamp, -- when the page of document_sha256 came for the first time of all, UTC: its rows
    -- were read from that response; null without a page
    header varchar -- table header as written; null without a page
);
