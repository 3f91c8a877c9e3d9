-- Key: listing_key, position
create table rejected_link (
    listing_key bigint not null, -- listing with the link
    column_name varchar not null, -- column it was written in: github or hugging_face
    position integer not null, -- order among the listing's links, from 1
    url varchar not null, -- as written
    reason varchar not null, -- why it was rejected, as one word
    meant varchar -- the address that may be meant where one letter is wrong, or a name stands without its host beside
    -- an address; a guess that nothing else here follows; null for most
);
