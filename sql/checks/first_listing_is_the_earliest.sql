-- Rule: A paper's first listing is on the first day that any source listed it, and the dimension knows that day.
-- Table: dim_paper
-- Severity: error
with listed as (
    select
        paper_key,
        min(listing_date) as earliest_date,
        min(listing_date) filter (where is_first_listing) as marked_date
    from fct_listing
    group by paper_key
)

select
    paper_key,
    first_listed_date,
    listed.earliest_date,
    listed.marked_date
from dim_paper
full join listed using (paper_key)
where
    paper_key <> -1
    and (
        listed.earliest_date is distinct from listed.marked_date
        or listed.earliest_date is distinct from first_listed_date
    );
