-- Rule: Every paper has exactly one first listing, and numbers its listings by day, from 1.
-- Table: fct_listing
-- Severity: error
with numbered as (
    select
        paper_key,
        is_first_listing,
        listing_number,
        row_number() over (partition by paper_key order by listing_date, listing_number) as expected_number
    from fct_listing
)

select
    paper_key,
    count(*) filter (where is_first_listing) as first_count,
    count(*) filter (
        where listing_number <> expected_number or is_first_listing <> (listing_number = 1)
    ) as misnumbered_count
from numbered
group by paper_key
having first_count <> 1 or misnumbered_count > 0;
