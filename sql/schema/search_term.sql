-- Key: term, paper_key
create table search_term (
    term varchar not null, -- a word as search_terms() gives it: without accents, case and plural ending
    paper_key bigint not null, -- the paper with the word
    weight integer not null -- how often: 3 for each time in the title, 1 in the abstract and in the summaries
);

-- A text as search compares it: without accents, LaTeX's too, and case, raised, lowered and full-width signs as plain
-- ones, ß as ss, and Chinese, Japanese and Korean parted from other letters by spaces.
create macro search_fold(text) as regexp_replace(
    replace(replace(replace(replace(replace(replace(
        translate(
            lower(strip_accents(
                regexp_replace(
                    regexp_replace(
                        regexp_replace(
                            text,
                            '\{?\\["''`^~=.]\{?\\?([A-Za-z])\}?\}?|\{?\\[cvHukr](?:\{\\?([A-Za-z])\}| ([A-Za-z]))\}?',
                            '\1\2\3', 'g'
                        ),
                        '\{?\\(ss|ae|AE|oe|OE|[oOlLij])\b(?:\{\}|\}| )?', '\1', 'g'
                    ),
                    '\$?\^\{?([0-9]+)\}?\$?|\$_([0-9]+)\$|\$?_\{([0-9]+)\}\$?', '\1\2\3', 'g'
                )
            )),
            '⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉０１２３４５６７８９ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚøłđðı‐‑“”',
            '012345678901234567890123456789abcdefghijklmnopqrstuvwxyzolddi--""'
        ),
        'ß', 'ss'
    ), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'ﬁ', 'fi'), 'ﬂ', 'fl'),
    '([\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}ー]+)', ' \1 ', 'g'
);

-- The words of a folded text, in order and with repetition: without a plural's s, and pairs of letters where
-- Chinese, Japanese and Korean have no spaces.
create macro search_split(folded) as flatten(list_transform(
    regexp_extract_all(folded, '[\pL\pM\pN]+'),
    lambda word: case
        when word >= '⺀' and length(word) > 1
            then list_transform(range(1, length(word)), lambda place: substring(word, place, 2))
        when not ends_with(word, 's') or length(word) < 4 then [word]
        when ends_with(word, 'ss') or ends_with(word, 'us') or ends_with(word, 'is') then [word]
        when length(word) > 4 and ends_with(word, 'ies') then [left(word, -3) || 'y']
        else [left(word, -1)]
    end
));

-- The words of a text, in order and with repetition, as search_split() gives them of what search_fold() leaves.
create macro search_words(text) as search_split(search_fold(text));

-- What is kept of a text for the search: its words without the commonest of English, words joined at a hyphen as one
-- more word (zero-shot: zero, shot, zeroshot), and single letters of Chinese, Japanese and Korean.
create macro search_terms(text) as list_filter(
    search_words(text),
    lambda word: word not in (
        'a', 'an', 'and', 'are', 'as', 'at', 'be', 'by', 'can', 'do', 'for', 'from', 'has', 'have', 'how', 'in', 'into',
        'is', 'it', 'its', 'of', 'on', 'or', 'our', 'that', 'the', 'their', 'these', 'they', 'this', 'those', 'to',
        'was', 'we', 'were', 'what', 'when', 'which', 'with'
    )
)
|| search_split(array_to_string(list_transform(
    regexp_extract_all(search_fold(text), '[\pL\pM\pN]+(?:-[\pL\pM\pN]+)+'), lambda word: replace(word, '-', '')
), ' '))
|| regexp_extract_all(search_fold(text), '[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]');
