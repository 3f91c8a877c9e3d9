-- Question: What does the label filter of a page change? Labels, code and models with and without it, by month
-- Order: 33
-- Trap: timlrx/daily-ai-papers shows on its page only papers with one of ten labels, and has all of them in its JSON.
-- Shares of what it lists (is_in_markdown) are shares behind that filter. Only days with both documents are compared.
-- $kind = any -- label, code, models, or any
select
    source_id,
    month,
    kind,
    name,
    shown_count,
    listing_count,
    shown_with_count,
    with_count,
    round(shown_share, 3) as shown_share,
    round(share, 3) as share,
    round(bias, 3) + 0 as bias -- never -0.0
from mart_filter_month
where case when $kind = 'any' then true else kind = $kind end
order by month, source_id, kind, with_count desc, name;
