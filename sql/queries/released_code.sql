-- Question: Papers' code with a release, and whether it still gets commits
-- Order: 36
-- Trap: only GraphQL, with a token, tells of releases and commits. A repository that it never told of is left out: that
-- is unknown, not without a release. alive_days are counted up to that answer (details_seen_at), not up to today.
-- A fork has the commits of its parent.
-- $alive_days = 90 -- a commit within so many days before the answer is alive
select
    dim_repository.full_name,
    dim_repository.parent_full_name,
    dim_repository.latest_release_tag,
    dim_repository.latest_release_at::date as latest_release_date,
    dim_repository.last_commit_at::date as last_commit_date,
    dim_repository.details_seen_at::date - dim_repository.last_commit_at::date <= $alive_days::integer as is_alive,
    count(*) as papers,
    min(dim_paper.first_listed_date) as first_listed_date
from mart_code
join dim_repository using (repository_key)
join dim_paper using (paper_key)
where dim_repository.status = 'found' and dim_repository.details_seen_at is not null
group by all
order by latest_release_date desc nulls last, full_name;
