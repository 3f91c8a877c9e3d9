-- Key: source_id, listing_date, document, line
create table rejected_row (
    source_id varchar not null, -- source of the page
    listing_date date not null, -- day of the page
    document varchar not null, -- markdown or json: which document of the day
    line integer not null, -- line of the page where the row begins, from 1; in JSON, place of the entry
    reason varchar not null, -- why it was rejected, as one word
    text varchar not null -- the row as read: HTML comments left out, [text][1] written with its address; raw/ has the
    -- page itself
);
