-- Key: listing_key
-- Natural key: source_key, listing_date, paper_key
create table fct_listing (
    listing_key bigint not null, -- 63 bits of the md5 of source, day and arXiv id
    date_key integer not null, -- day of the page
    listing_date date not null, -- day of the page
    source_key bigint not null, -- the source
    paper_key bigint not null, -- the paper
    position integer, -- row on the page, from 1; rows that were rejected count. Null if only the second document of the
    -- day lists the paper; in the list of a feed, by arXiv id: fct_listing_day has its order
    title varchar not null, -- as listed, white space collapsed
    summary varchar, -- as listed: the abstract, or what a language model made of it; null if the cell is empty
    listing_number integer not null, -- place among the listings of the paper, from 1: by day, and on one day by
    -- tie_order of the source, which puts the one that can tell more first
    is_first_listing boolean not null, -- listing_number is 1: one per paper. If several sources list it on its first
    -- day, as they mostly do, this does not say who was earlier
    author_count integer, -- names as listed; the tables give at most five. Null if it names no authors, as every paper
    -- has some
    task_count integer, -- distinct labels; null if the source, or its page of that day, gives no labels
    repository_count integer, -- distinct repositories linked; null if the source, or its page of that day, links to no
    -- code
    hub_resource_count integer, -- distinct Hugging Face resources linked; null if the source, or its page of that day,
    -- links to none
    site_count integer, -- distinct project pages, and sites of code, models or data elsewhere, linked; null if the
    -- source, or its page of that day, links to neither code nor models
    rejected_link_count integer not null, -- links that lead to none of these
    is_in_markdown boolean not null, -- a page for people lists it
    is_in_json boolean not null, -- a document for programs lists it
    witness_repository_name varchar, -- owner/name in lower case to which arXiv's page of the paper links, according to
    -- the source; null if it does not say
    extra varchar -- JSON of what has no column of its own, as last shown; null if none
);
