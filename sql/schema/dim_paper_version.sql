-- Key: paper_key, valid_from
create table dim_paper_version (
    paper_key bigint not null, -- the paper
    title varchar, -- arXiv's title in this time; null if none
    abstract varchar, -- arXiv's abstract in this time; null if none
    categories varchar[], -- arXiv category codes in this time, the primary one first, the others sorted
    version integer, -- number of arXiv's newest version in this time
    comment varchar, -- authors' comment in this time; null if none
    is_withdrawn boolean, -- the comment, or DataCite, says that the paper was withdrawn
    valid_from timestamp not null, -- when we were first told so, UTC: it may be true for longer
    valid_to timestamp, -- when we were first told otherwise; null for the current row
    is_current boolean not null -- one per paper
);
