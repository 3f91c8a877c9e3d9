-- Question: Owners behind the code, by quarter
-- Order: 25
-- Trap: owners and repositories get renamed: the owner is the one that GitHub last gave for the repository; where it
-- gave none, the one in the link. The quarter is that of the repository's first listing.
select
    date_trunc('quarter', dim_repository.first_listed_date)::date as quarter_start,
    min(dim_repository.owner) as owner,
    count(distinct mart_code.repository_key) as repositories,
    count(distinct mart_code.paper_key) as papers
from mart_code
join dim_repository using (repository_key)
group by quarter_start, lower(dim_repository.owner)
order by quarter_start, repositories desc, papers desc, lower(owner);
