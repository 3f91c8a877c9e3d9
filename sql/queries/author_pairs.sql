-- Question: Pairs of authors that publish together
-- Order: 11
-- Trap: a paper with a hundred authors has 4,950 pairs, so papers with more than $most_authors are left out. strength
-- counts a paper of n authors as 1/(n-1). Only arXiv's lists count: they are complete.
-- Note: a pair has at most as many papers as either of its authors. The pairs of the 500 busiest authors show how many
-- papers are needed for the list, and authors with fewer are not paired.
-- $most_authors = 20
-- $limit = 50
with named as materialized (
    select distinct
        paper_key,
        author_key
    from bridge_paper_author
),

small_paper as (
    select
        paper_key,
        count(*) as authors
    from named
    group by paper_key
    having authors between 2 and $most_authors::integer
),

author as materialized (
    select
        author_key,
        count(*) as papers
    from named
    semi join small_paper using (paper_key)
    group by author_key
),

busiest as (
    select
        paper_key,
        author_key
    from named
    semi join small_paper using (paper_key)
    semi join (
        select author_key from author
        order by papers desc limit 500
    ) using (author_key)
),

enough as (
    select case when count(*) = $limit::integer then min(papers) else 1 end as papers
    from (
        select count(*) as papers
        from busiest as one
        join busiest as other on one.paper_key = other.paper_key and one.author_key < other.author_key
        group by one.author_key, other.author_key
        order by papers desc
        limit $limit::integer
    )
),

member as (
    select
        named.paper_key,
        named.author_key,
        small_paper.authors
    from named
    join small_paper using (paper_key)
    semi join (
        select author_key from author
        where papers >= (select papers from enough)
    ) using (author_key)
),

pair as (
    select
        one.author_key,
        other.author_key as other_author_key,
        count(*) as papers,
        round(sum((1 / (one.authors - 1))::decimal(18, 9)), 3)::double as strength -- the same in any order
    from member as one
    join member as other on one.paper_key = other.paper_key and one.author_key < other.author_key
    group by one.author_key, other.author_key
)

select
    least(one.author_name, other.author_name) as author_name,
    greatest(one.author_name, other.author_name) as other_author_name,
    pair.papers,
    pair.strength
from pair
join dim_author as one using (author_key)
join dim_author as other on pair.other_author_key = other.author_key
order by pair.papers desc, pair.strength desc, author_name, other_author_name
limit $limit::integer;
