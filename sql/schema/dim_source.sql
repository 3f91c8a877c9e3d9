-- Key: source_key
-- Natural key: source_id
create table dim_source (
    source_key bigint not null, -- 63 bits of the md5 of source_id; -1 is the unknown source
    source_id varchar not null, -- owner/name of the repository that publishes the pages
    url varchar, -- where a person can look at the source
    licence varchar, -- SPDX name of the licence of the pages
    first_date date -- first day for which the source has a page
);

insert into dim_source (source_key, source_id) values (-1, '(unknown)');
