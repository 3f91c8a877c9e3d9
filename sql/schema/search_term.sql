-- Key: term, paper_key
create table search_term (
    term varchar not null, -- a word as search_words() gives it: without accents, case and plural ending
    paper_key bigint not null, -- the paper with the word
    weight integer not null -- how often: 3 for each time in the title, 1 in the abstract and in the summaries
);

-- The words of a text, in order and with repetition. Accents written in LaTeX are accents; the last case drops a
-- plural's s.
create macro search_words(text) as list_transform(
    regexp_extract_all(
        lower(strip_accents(regexp_replace(text, '\\["''`^~=.]\{?([A-Za-z])\}?', '\1', 'g'))), '[\pL\pM\pN]+'
    ),
    lambda word: case
        when not ends_with(word, 's') or length(word) < 4 then word
        when ends_with(word, 'ss') or ends_with(word, 'us') or ends_with(word, 'is') then word
        when length(word) > 4 and ends_with(word, 'ies') then left(word, -3) || 'y'
        else left(word, -1)
    end
);
