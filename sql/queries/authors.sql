-- Question: Authors listed most often; authors new this month
-- Order: 10
-- Trap: pages name at most five authors, many by account. So arXiv's list counts if it is known (papers_from_arxiv says
-- for how many papers), else that of the first listing. A paper listed often counts once, and papers of all
-- time count, also in a past month. Names are not people.
-- $month = last -- as YYYY-MM, or last: that of the newest listing
-- $limit = 50
with chosen as (
    select
        date_trunc(
            'month', case when $month = 'last' then max(listing_date) else ($month || '-01')::date end
        ) as month_start
    from fct_listing
),

written as (
    select distinct
        author_key,
        paper_key,
        is_from_arxiv
    from mart_authorship
),

author as (
    select
        written.author_key,
        count(*) as papers,
        count(*) filter (where written.is_from_arxiv) as papers_from_arxiv,
        min(dim_paper.first_listed_date) as first_listed_date
    from written
    join dim_paper using (paper_key)
    group by written.author_key
)

select
    dim_author.author_name,
    author.papers,
    author.papers_from_arxiv,
    author.first_listed_date,
    date_trunc('month', author.first_listed_date) = chosen.month_start as is_new_in_month
from author
join dim_author using (author_key)
cross join chosen
order by author.papers desc, is_new_in_month desc, dim_author.author_name
limit $limit::integer;
