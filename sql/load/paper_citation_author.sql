-- Grain: one row per author of a paper as the provider of its citation counts lists them, by its newest answer. These
-- are numbers by Semantic Scholar, for papers of one author there; they are not matched with the names of arXiv.
-- Rerun: same rows.
delete from paper_citation_author
where paper_key in (from scope_citation);

insert into paper_citation_author by name
with newest as (
    select
        arxiv_id,
        authors,
        observed_at
    from staging.citation
    where paper_key(arxiv_id) in (from scope_citation)
    qualify row_number() over (partition by arxiv_id order by observed_at desc, exchange_id desc) = 1
)

select
    paper_key(newest.arxiv_id) as paper_key,
    'semantic_scholar' as provider,
    author.position::integer as position,
    author.author.author_id as provider_author_id,
    author.author.name as provider_author_name,
    newest.observed_at
from newest
cross join unnest(newest.authors) with ordinality as author (author, position)
where newest.arxiv_id in (select dim_paper.arxiv_id from dim_paper)
order by paper_key, position;
