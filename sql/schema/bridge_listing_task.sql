-- Key: listing_key, task_key
create table bridge_listing_task (
    listing_key bigint not null, -- the listing
    task_key bigint not null, -- the label
    position integer not null, -- order as listed, from 1
    weight double not null -- share of the listing: sums to 1 over a listing's labels
);
