-- Key: paper_key
-- Natural key: arxiv_id
create table dim_paper (
    paper_key bigint not null, -- digits of the arXiv id (2410.05254 is 241005254), or 63 bits of md5 for ids like
    -- cs/0112017; -1 is the unknown paper
    arxiv_id varchar not null, -- arXiv's identifier without version
    title varchar not null, -- arXiv's title; until somebody has answered, that of the first listing
    abstract varchar, -- arXiv's abstract; null while not found
    primary_category varchar, -- arXiv category code; null while not found, or if the entry names none of arXiv's
    submitted_at timestamp, -- when version 1 was submitted, UTC; null while not found
    updated_at timestamp, -- when the current version was submitted, UTC; equals submitted_at for version 1
    version integer, -- number of the current version when last observed; null if the entry has none
    doi varchar, -- first DOI the authors gave; null for most
    journal_ref varchar, -- journal reference as typed by the authors; null for most
    comment varchar, -- authors' comment; null if none; from DataCite together with the journal reference
    is_withdrawn boolean, -- the comment, or DataCite, says that the paper was withdrawn; null while not found
    licence varchar, -- by DataCite: a name like cc-by-4.0, or the address of a licence without one, as arXiv's own;
    -- null while DataCite has not told it
    version_times timestamp[], -- by DataCite: when each version was submitted, UTC, version 1 first; null while it has
    -- not told all of them
    first_listed_date date, -- first day on which any source listed it
    status varchar not null, -- pending (nobody has answered), found, not_found (arXiv does not know the id), unknown
    -- (the unknown paper alone)
    metadata_source varchar, -- who tells title, abstract, authors and categories: arxiv, or datacite as long as arXiv
    -- has not answered; null while not found
    observed_at timestamp -- when arXiv last answered for it, UTC; of papers that only DataCite told, when it did; null
    -- while pending
);

insert into dim_paper (paper_key, arxiv_id, title, status) values (-1, '(unknown)', '(unknown)', 'unknown');
