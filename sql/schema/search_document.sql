-- Key: paper_key
create table search_document (
    paper_key bigint not null, -- the paper
    text_key bigint not null, -- 63 bits of the md5 of its title, abstract and summaries: the words are those of this
    -- text
    term_count integer not null -- its length: the sum of the weights of its words
);

-- Papers with any of the words, scored by BM25 (k1 1.2, b 0.75). All statistics are those of the tables as they stand.
create macro search_papers(words) as table
    with wanted as (
        select distinct unnest(search_words(words)) as term
    ),

    hit as (
        select
            term,
            paper_key,
            weight,
            count(*) over (partition by term) as paper_count
        from search_term
        where term in (from wanted)
    ),

    corpus as (
        select
            count(*) as paper_count,
            avg(term_count) as term_count
        from search_document
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
    join search_document as document using (paper_key)
    cross join corpus
    group by hit.paper_key;
