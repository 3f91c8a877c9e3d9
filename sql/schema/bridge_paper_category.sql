-- Key: paper_key, category_key
create table bridge_paper_category (
    paper_key bigint not null, -- the paper
    category_key bigint not null, -- the category
    is_primary boolean not null -- one per paper at most: arXiv may name none, or one that it does not list
);
