-- Question: Papers about a topic: search titles, abstracts and summaries, ranked
-- Order: 26
-- Trap: accents, case, punctuation and plural endings do not matter, nor do the commonest words. All words count unless
-- any_word is true; words in double quotes follow each other. A title counts more than other text, and a rare word
-- more than a common one (BM25). Dates, label and source are of one and the same listing.
-- $words = language model
-- $any_word = false
-- $from_date = -infinity -- listed on this day or later
-- $to_date = infinity -- listed on this day or earlier
-- $label = any -- of the source's vocabulary, in any case
-- $source = any -- like timlrx/daily-ai-papers
-- $limit = 20
with listed as (
    select fct_listing.paper_key
    from fct_listing
    join dim_source using (source_key)
    left join bridge_listing_task using (listing_key)
    left join dim_task using (task_key)
    where
        fct_listing.listing_date between $from_date::date and $to_date::date
        and case when $label = 'any' then true else lower(dim_task.task_name) = lower($label) end
        and case when $source = 'any' then true else lower(dim_source.source_id) = lower($source) end
)

select
    round(hit.score, 3) as score,
    hit.matched_words,
    dim_paper.arxiv_id,
    dim_paper.first_listed_date,
    dim_paper.title
from search_papers($words, any_word := $any_word::boolean) as hit
join dim_paper using (paper_key)
semi join listed using (paper_key)
order by hit.score desc, dim_paper.first_listed_date desc, dim_paper.arxiv_id
limit $limit::integer;
