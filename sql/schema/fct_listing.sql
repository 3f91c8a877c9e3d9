-- Key: listing_key
-- Natural key: source_key, listing_date, paper_key
create table fct_listing (
    listing_key bigint not null, -- 63 bits of the md5 of source, day and arXiv id
    date_key integer not null, -- day of the page
    listing_date date not null, -- day of the page
    source_key bigint not null, -- who lists
    paper_key bigint not null, -- what is listed
    position integer not null, -- row on the page, from 1; rows that were rejected count
    title varchar not null, -- as listed, white space squeezed
    summary varchar, -- as listed, written by a language model; null where the cell is empty
    is_first_listing boolean not null, -- the first listing of the paper over all days and sources: one a paper
    author_count integer not null, -- names in the cell; pages give at most five
    task_count integer not null, -- distinct labels; 0 where the source gives none
    repository_count integer not null, -- distinct repositories linked
    hub_resource_count integer not null, -- distinct Hugging Face resources linked
    rejected_link_count integer not null, -- links that name neither
    extra varchar -- JSON of cells in columns that nobody knows yet; null where none
);
