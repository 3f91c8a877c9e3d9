-- Key: repository_key, date_key
create table fct_repository_day (
    repository_key bigint not null, -- GitHub's number
    date_key integer not null, -- UTC day of the observation, never the day of a page
    observed_at timestamp not null, -- the last observation of the day, UTC
    stars_count bigint, -- stars
    forks_count bigint, -- forks
    open_issues_count bigint, -- open issues and pull requests
    watchers_count bigint, -- accounts that watch; not the same as stars
    size_kilobytes bigint, -- size of the git repository
    releases_count bigint, -- releases; null by REST, which does not tell
    commits_count bigint, -- commits of the default branch; null by REST, and for an empty repository
    method varchar not null -- rest or graphql: which of GitHub's APIs answered
);
