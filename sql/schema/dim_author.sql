-- Key: author_key
-- Natural key: author_name
create table dim_author (
    author_key bigint not null, -- 63 bits of the md5 of author_name; -1 is the unknown author
    author_name varchar not null -- as written: archive pages hold account names too, and names are not people
);

insert into dim_author (author_key, author_name) values (-1, '(unknown)');
