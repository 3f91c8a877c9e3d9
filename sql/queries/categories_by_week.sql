-- Question: The same by arXiv primary category: papers per ISO week; which categories rise fastest?
-- Order: 2
-- Trap: papers without an answer from arXiv are shown as (unknown). A paper counts once, in the week of its first
-- listing.
-- Note: rise compares with the last earlier week that has papers, and is null in the first week. (unknown) is no
-- category, and has none.
with paper as (
    select
        date_trunc('week', first_listed_date)::date as week_start,
        coalesce(primary_category, '(unknown)') as category_code
    from dim_paper
    where paper_key <> -1
),

counted as (
    select
        week.week_start,
        category.category_code,
        count(paper.category_code) as papers
    from (select distinct week_start from paper) as week
    cross join (select distinct category_code from paper) as category
    left join paper using (week_start, category_code)
    group by all
),

compared as (
    select
        *,
        case
            when category_code <> '(unknown)'
                then papers - lag(papers) over (partition by category_code order by week_start)
        end as rise
    from counted
)

select
    isoyear(week_start) as iso_year,
    week(week_start) as iso_week,
    week_start,
    category_code,
    papers,
    rise
from compared
where papers > 0 or rise <> 0
order by week_start desc, rise desc nulls last, papers desc, category_code;
