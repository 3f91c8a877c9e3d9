-- Question: The same by arXiv primary category: papers per ISO week; which categories rise fastest?
-- Order: 2
-- Trap: papers without an answer from arXiv are shown as (unknown). A paper counts once, in the week of its first
-- listing. In a week for whose papers arXiv has given no category, categories are unknown and not zero.
-- Note: rise compares with the last earlier week that has categories, and is null in the first one. (unknown) is no
-- category, and has none.
with paper as (
    select
        date_trunc('week', first_listed_date)::date as week_start,
        primary_category as category_code
    from dim_paper
    where paper_key <> -1
),

week as (
    select distinct week_start
    from paper
    where category_code is not null
),

category as (
    select distinct category_code
    from paper
    where category_code is not null
),

counted as (
    select
        week.week_start,
        category.category_code,
        count(paper.category_code) as papers
    from week
    cross join category
    left join paper using (week_start, category_code)
    group by all
),

compared as (
    select
        *,
        papers - lag(papers) over (partition by category_code order by week_start) as rise
    from counted
    union all
    select
        week_start,
        '(unknown)',
        count(*),
        null
    from paper
    where category_code is null
    group by week_start
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
