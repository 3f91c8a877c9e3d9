-- Grain: one row per repository and UTC day on which GitHub described it: the last answer of that day. Days without an
-- observation have no row.
-- Rerun: same rows, same keys.
delete from fct_repository_day
where repository_key in (from scope_repository);

insert into fct_repository_day by name
select
    repository_id as repository_key,
    date_key(observed_at::date) as date_key,
    observed_at,
    stars_count,
    forks_count,
    open_issues_count,
    watchers_count,
    size_kilobytes,
    releases_count,
    commits_count,
    method
from staging.repository
where
    status = 'found'
    and repository_id in (from scope_repository)
    and repository_id in (select repository_key from bridge_listing_repository)
qualify
    row_number() over (
        partition by repository_id, observed_at::date order by observed_at desc, exchange_id desc
    ) = 1
order by date_key, repository_key;
