-- A listing has a repository once, however often and under whatever name it links to it. Table: bridge_listing_repository. Severity: error.
select
    listing_key,
    repository_key,
    count(*) as row_count
from bridge_listing_repository
group by all
having count(*) > 1;
