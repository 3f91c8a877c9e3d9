-- Question: Share of papers with code, by month
-- Order: 4
-- Trap: accounts, project pages and null are no code (rejected_link has them), and a source that never links to code
-- cannot tell: papers that only such a source lists are left out.
with telling_source as (
    select distinct source_key
    from fct_listing
    where repository_count > 0
),

paper as (
    select
        dim_paper.paper_key,
        date_trunc('month', dim_paper.first_listed_date)::date as month,
        bool_or(fct_listing.repository_count > 0) as has_code
    from dim_paper
    join fct_listing using (paper_key)
    semi join telling_source using (source_key)
    group by all
)

select
    month,
    count(*) as papers,
    count(*) filter (where has_code) as papers_with_code,
    round(papers_with_code / papers, 3) as code_share
from paper
group by month
order by month;
