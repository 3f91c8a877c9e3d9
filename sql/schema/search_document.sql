-- Key: paper_key
create table search_document (
    paper_key bigint not null, -- the paper
    text_key bigint not null, -- 63 bits of the md5 of its title, abstract and summaries: the text that the words are
    -- from
    term_count integer not null -- its length: the sum of the weights of its words
);

-- Papers with all of the words, or with any of them, scored by BM25 (k1 1.2, b 0.75). Words in quotes follow each other
-- in one text, the last may go on; the commonest words of English do not count outside quotes; a word with a hyphen is
-- found in all its spellings (zero-shot, zeroshot, zero shot). All statistics are those of the tables as they stand. In
-- a file attached as p: from p.search_papers('words', attached_as := 'p').
create macro search_papers(words, any_word := false, attached_as := '') as table
    -- A macro sees the tables and macros of the database that is in use, not of its own. So its tables have names that
    -- are made of attached_as, and search_fold() and search_split() stand here once more: a test compares them.
    with folded as (
        select
            regexp_replace(
                replace(replace(replace(replace(replace(replace(
                    translate(
                        lower(strip_accents(
                            regexp_replace(
                                regexp_replace(
                                    regexp_replace(
                                        words,
                                        '\{?\\["''`^~=.]\{?\\?([A-Za-z])\}?\}?'
                                        || '|\{?\\[cvHukr](?:\{\\?([A-Za-z])\}| ([A-Za-z]))\}?',
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
            ) as text
    ),

    -- What stands between quotes or spaces.
    part as (
        select
            unnest(regexp_extract_all(text, '"[^"]*"|[^\s"]+')) as part,
            generate_subscripts(regexp_extract_all(text, '"[^"]*"|[^\s"]+'), 1) as number
        from folded
    ),

    -- The ways to find it: by its words, or by those that are joined at a hyphen.
    way as (
        select
            number,
            starts_with(part, '"') as is_phrase,
            false as is_joined,
            part as text
        from part
        union all
        select
            number,
            false,
            true,
            array_to_string(list_transform(
                regexp_extract_all(part, '[\pL\pM\pN]+(?:-[\pL\pM\pN]+)+'), lambda word: replace(word, '-', '')
            ), ' ')
        from part
        where not starts_with(part, '"') and regexp_matches(part, '[\pL\pM\pN]-[\pL\pM\pN]')
    ),

    word as (
        select
            number,
            is_joined,
            unnest(list_distinct(flatten(list_transform(
                regexp_extract_all(text, '[\pL\pM\pN]+'),
                lambda word: case
                    when word >= '⺀' and length(word) > 1
                        then list_transform(range(1, length(word)), lambda place: substring(word, place, 2))
                    when not ends_with(word, 's') or length(word) < 4 then [word]
                    when ends_with(word, 'ss') or ends_with(word, 'us') or ends_with(word, 'is') then [word]
                    when length(word) > 4 and ends_with(word, 'ies') then [left(word, -3) || 'y']
                    else [left(word, -1)]
                end
            )))) as term
        from way
    ),

    wanted as (
        select
            number,
            is_joined,
            term,
            count(*) over (partition by number, is_joined) as term_count,
            bool_or(is_joined) over (partition by number) as has_joined
        from word
        where
            term not in (
                'a', 'an', 'and', 'are', 'as', 'at', 'be', 'by', 'can', 'do', 'for', 'from', 'has', 'have', 'how', 'in',
                'into', 'is', 'it', 'its', 'of', 'on', 'or', 'our', 'that', 'the', 'their', 'these', 'they', 'this',
                'those', 'to', 'was', 'we', 'were', 'what', 'when', 'which', 'with'
            )
    ),

    hit as (
        select
            term,
            paper_key,
            weight,
            count(*) over (partition by term) as paper_count
        from query_table(case attached_as when '' then '' else attached_as || '.' end || 'search_term')
        where term in (select term from wanted)
    ),

    -- One word of several that a hyphen joins says too little: `policy` for `on-policy`.
    met as (
        select
            wanted.number,
            hit.paper_key
        from wanted
        join hit using (term)
        where wanted.is_joined or not wanted.has_joined or wanted.term_count > 1
        group by wanted.number, wanted.is_joined, hit.paper_key
        having count(*) = any_value(wanted.term_count)
    ),

    complete as (
        select paper_key
        from met
        group by paper_key
        having count(distinct number) = (select count(distinct number) from wanted)
    ),

    phrase as (
        select trim(regexp_replace(text, '[^\pL\pM\pN]+', ' ', 'g')) as text
        from way
        where is_phrase and regexp_matches(text, '[\pL\pN]')
    ),

    candidate as (
        select paper_key
        from complete
        where exists (from phrase)
    ),

    paper_text as (
        select
            paper_key,
            unnest([title, abstract]) as text
        from query_table(case attached_as when '' then '' else attached_as || '.' end || 'dim_paper')
        semi join candidate using (paper_key)
        union all
        select
            paper_key,
            summary
        from query_table(case attached_as when '' then '' else attached_as || '.' end || 'fct_listing')
        semi join candidate using (paper_key)
    ),

    plain_text as (
        select
            paper_key,
            ' ' || regexp_replace(
                regexp_replace(
                    replace(lower(strip_accents(text)), 'ß', 'ss'),
                    '([\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}ー]+)', ' \1 ', 'g'
                ),
                '[^\pL\pM\pN]+', ' ', 'g'
            ) as text
        from paper_text
    ),

    quoted as (
        select plain_text.paper_key
        from plain_text
        join phrase on contains(plain_text.text, case when phrase.text >= '⺀' then '' else ' ' end || phrase.text)
        group by plain_text.paper_key
        having count(distinct phrase.text) = (select count(distinct text) from phrase)
    ),

    found as (
        select distinct paper_key
        from hit
        where any_word
        union
        select paper_key
        from complete
        where not any_word and not exists (from phrase)
        union
        select paper_key
        from quoted
        where not any_word
    ),

    corpus as (
        select
            count(*) as paper_count,
            avg(term_count) as term_count
        from query_table(case attached_as when '' then '' else attached_as || '.' end || 'search_document')
    )

    select
        hit.paper_key,
        sum(
            (
                ln(1 + (corpus.paper_count - hit.paper_count + 0.5) / (hit.paper_count + 0.5))
                * hit.weight * 2.2 / (hit.weight + 1.2 * (0.25 + 0.75 * document.term_count / corpus.term_count))
            )::decimal(18, 9) -- so that the sum is the same in any order
        )::double as score,
        list(hit.term order by hit.term) as matched_words
    from hit
    semi join found using (paper_key)
    join query_table(case attached_as when '' then '' else attached_as || '.' end || 'search_document') as document
        using (paper_key)
    cross join corpus
    group by hit.paper_key;
