-- Grain: one row per listing and GitHub repository that it links to, with a weight that sums to 1 over the listing.
-- Links of both columns count, and a renamed repository counts once.
-- Rerun: same rows, same keys.
delete from bridge_listing_repository
where listing_key in (from scope_listing);

insert into bridge_listing_repository by name
select
    listing_key,
    repository_key,
    arg_min(url, position) as url,
    arg_min(repository_name, position) as repository_name,
    count(*)::integer as link_count,
    1 / count(*) over (partition by listing_key) as weight
from resolved_link
semi join scope_listing using (listing_key)
group by listing_key, repository_key;
