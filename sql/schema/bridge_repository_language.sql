-- Key: repository_key, language
create table bridge_repository_language (
    repository_key bigint not null, -- GitHub's number
    language varchar not null, -- as GitHub names it
    size_bytes bigint not null, -- bytes of code in it
    weight double not null -- share of the repository's bytes in these languages: sums to 1 over a repository
);
