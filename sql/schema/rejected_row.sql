-- Key: source_id, listing_date, line
create table rejected_row (
    source_id varchar not null, -- source of the page
    listing_date date not null, -- day of the page
    line integer not null, -- line of the page where the row begins, from 1
    reason varchar not null, -- one of markdown.REASONS
    text varchar not null -- the row as it stands on the page
);
