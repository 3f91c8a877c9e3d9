-- Grain: one row per word or quoted phrase of $words, in order. Reads the published file.
with part as (
    select
        unnest(regexp_extract_all($words, '["“”][^"“”]*["“”]|[^\s"“”]+')) as part,
        generate_subscripts(regexp_extract_all($words, '["“”][^"“”]*["“”]|[^\s"“”]+'), 1) as number
)

select
    part,
    len(search_terms(part)) > 0 as is_searched, -- the commonest words and lone signs are not
    len(search_words(part)) > 0 and not regexp_matches(part, '^["“”]') as is_word
from part
order by number;
