-- Key: paper_key, provider, position
create table paper_citation_author (
    paper_key bigint not null, -- the paper
    provider varchar not null, -- semantic_scholar: whose list and numbers these are
    position integer not null, -- place in the provider's list, from 1; arXiv's list may be another
    provider_author_id varchar, -- the provider's number of the author, by its own guess, which it splits and merges;
    -- null if it has none
    provider_author_name varchar, -- the name in its spelling, often shortened: never join it with author_name
    observed_at timestamp not null -- when the provider answered, UTC
);
