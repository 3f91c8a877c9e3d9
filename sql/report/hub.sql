-- Grain: one row per paper listed from $from_date to $to_date of which Hugging Face has a page, as last seen: the ten
-- with most upvotes. paper_count: how many there are. A count is null where the page does not tell it.
with newest as (
    select *
    from fct_paper_hub_day
    where
        paper_key in (
            select fct_listing.paper_key from fct_listing
            where fct_listing.listing_date between $from_date and $to_date
        )
    qualify row_number() over (partition by paper_key order by date_key desc) = 1
)

select
    dim_paper.arxiv_id,
    dim_paper.title,
    newest.upvotes_count,
    newest.models_count,
    newest.datasets_count,
    newest.spaces_count,
    newest.observed_at,
    count(*) over () as paper_count
from newest
join dim_paper using (paper_key)
order by newest.upvotes_count desc nulls last, dim_paper.arxiv_id
limit 10;
