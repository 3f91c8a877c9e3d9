-- Key: source_key
-- Natural key: source_id
create table dim_source (
    source_key bigint not null, -- 63 bits of the md5 of source_id; -1 is the unknown source
    source_id varchar not null, -- owner/name of the repository that publishes the pages
    url varchar, -- where a person can look at the source
    licence varchar, -- SPDX name of the licence of the pages
    first_date date, -- first day for which the source has a page
    lists_labels boolean, -- its pages give labels; if not, it says nothing about them, also not that there are none
    lists_code boolean, -- its pages link to code; if not, it does not know whether there is code
    lists_models boolean, -- its pages link to Hugging Face; if not, it does not know of models, datasets and spaces
    lists_abstracts boolean, -- what it gives as summary is the abstract of the paper; if not, a model's words
    lists_upvotes boolean, -- it shows upvotes: a feed in fct_listing_day, a page in extra, as of when it was written
    last_date date, -- day of its last papers, if it is known to have ended
    tie_order integer -- which source goes first if several list a paper on one day, from 1: the one that gives more of
    -- labels, code and models, then the one that began first, then as the code names them
);

insert into dim_source (source_key, source_id) values (-1, '(unknown)');
