-- Key: category_key
-- Natural key: category_code
create table dim_category (
    category_key bigint not null, -- 63 bits of the md5 of category_code; -1 is the unknown category
    category_code varchar not null, -- arXiv category, like cs.CL
    archive varchar not null -- the part before the dot, like cs
);

insert into dim_category (category_key, category_code, archive) values (-1, '(unknown)', '(unknown)');
