-- Key: paper_key, position
create table bridge_paper_author (
    paper_key bigint not null, -- the paper
    author_key bigint not null, -- the name
    position integer not null, -- order on the paper, from 1
    affiliations varchar[] -- as given to arXiv; empty for nearly all
);
