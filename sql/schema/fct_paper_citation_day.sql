-- Key: paper_key, date_key, provider
create table fct_paper_citation_day (
    paper_key bigint not null, -- the paper
    date_key integer not null, -- UTC day on which the provider was asked; nobody tells the count of an earlier day
    provider varchar not null, -- semantic_scholar; counts of two providers are never comparable
    citation_count bigint not null, -- citations that the provider knew at observed_at, of preprint and journal version
    influential_citation_count bigint, -- those that the provider's model takes for influential
    observed_at timestamp not null -- the last answer of the day, UTC
);
