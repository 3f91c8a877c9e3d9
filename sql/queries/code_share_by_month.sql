-- Question: Share of papers with code, by month
-- Order: 4
-- Trap: accounts, project pages and null are no code (see rejected_link). A source that never links to code tells
-- nothing, so papers that only such a source lists are left out, and months with no other paper are not shown.
with paper as (
    select
        dim_paper.paper_key,
        date_trunc('month', dim_paper.first_listed_date)::date as month,
        bool_or(fct_listing.repository_count > 0) as has_code
    from dim_paper
    join fct_listing using (paper_key)
    group by all
)

select
    month,
    count(has_code) as papers,
    count(*) filter (where has_code) as papers_with_code,
    round(papers_with_code / papers, 3) as code_share
from paper
group by month
having papers > 0
order by month;
