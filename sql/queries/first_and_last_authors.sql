-- Question: First and last authors that recur
-- Order: 12
-- Trap: order matters, and a page's five names do not end with the last author: only arXiv's lists count. The author of
-- a paper alone is its first, not its last.
with placed as (
    select
        author_key,
        position = 1 as is_first,
        position > 1 and position = max(position) over (partition by paper_key) as is_last
    from bridge_paper_author
),

counted as (
    select
        author_key,
        count(*) filter (where is_first) as papers_as_first,
        count(*) filter (where is_last) as papers_as_last
    from placed
    group by author_key
)

select
    dim_author.author_name,
    counted.papers_as_first,
    counted.papers_as_last
from counted
join dim_author using (author_key)
where counted.papers_as_first > 1 or counted.papers_as_last > 1
order by counted.papers_as_first + counted.papers_as_last desc, dim_author.author_name;
