-- Question: Upvotes of a day's list: at the first look and at the last
-- Order: 34
-- Trap: upvotes belong to the look (first_seen_at, last_seen_at), not to the day of the list, and most come later. A
-- paper that came onto the list later was first seen later. Gains are null after one look: that nobody looked again
-- does not mean that nothing came. Only feeds are looked at again; upvotes on a page are as of when it was written.
-- $date = last -- as YYYY-MM-DD, or last: the newest day of which upvotes were seen
with seen as (
    select
        fct_listing.source_key,
        fct_listing.listing_date,
        fct_listing.paper_key,
        fct_listing_day.*
    from fct_listing_day
    join fct_listing using (listing_key)
    where fct_listing_day.upvotes_count is not null
),

chosen as (
    select case when $date = 'last' then max(listing_date) else $date::date end as listing_date
    from seen
)

select
    dim_source.source_id,
    seen.listing_date,
    dim_paper.arxiv_id,
    dim_paper.title,
    count(*) as days_seen,
    min(seen.observed_at) as first_seen_at,
    arg_min(seen.upvotes_count, seen.observed_at) as first_upvotes_count,
    arg_min(seen.position, seen.observed_at) as first_position,
    max(seen.observed_at) as last_seen_at,
    arg_max(seen.upvotes_count, seen.observed_at) as last_upvotes_count,
    arg_max(seen.position, seen.observed_at) as last_position,
    case when days_seen > 1 then last_upvotes_count - first_upvotes_count end as upvotes_gained
from seen
semi join chosen using (listing_date)
join dim_source using (source_key)
join dim_paper using (paper_key)
group by dim_source.source_id, seen.listing_date, dim_paper.arxiv_id, dim_paper.title
order by last_upvotes_count desc, dim_source.source_id, dim_paper.arxiv_id;
