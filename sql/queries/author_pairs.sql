-- 11. Pairs of authors that publish together
-- Trap: a paper with a hundred authors makes 4,950 pairs: papers with more than $most_authors are left out. strength counts a paper of n authors as 1/(n-1). Only arXiv's lists are whole, so only they count.
-- $most_authors = 20
-- $limit = 50
with small_paper as (
    select paper_key, count(distinct author_key) as authors
    from bridge_paper_author
    group by paper_key
    having authors between 2 and $most_authors::integer
),

author as (
    select distinct bridge_paper_author.paper_key, dim_author.author_name, small_paper.authors
    from bridge_paper_author
    join small_paper using (paper_key)
    join dim_author using (author_key)
)

select
    one.author_name as author_name,
    other.author_name as other_author_name,
    count(*) as papers,
    round(sum(1 / (one.authors - 1)), 3) as strength
from author as one
join author as other on one.paper_key = other.paper_key and one.author_name < other.author_name
group by one.author_name, other.author_name
order by papers desc, strength desc, one.author_name, other.author_name
limit $limit::integer;
