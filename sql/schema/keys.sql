-- About: computed keys, as macros that stay in the published file. md5 is the same in all versions of DuckDB; hash() is
-- not. None calls another, so that each works in an attached file, whose macros do not see each other.

-- The key of what has a natural key of text: 63 bits of its md5.
create macro key_of(natural_key) as (md5_number_lower(natural_key) >> 1)::bigint;

-- The key of a paper by its arXiv id without version: its digits, or 63 bits of md5 for ids of before 2007.
create macro paper_key(arxiv_id) as case
    when regexp_full_match(arxiv_id, '[0-9]{4}\.[0-9]{4,5}') then replace(arxiv_id, '.', '')::bigint
    else (md5_number_lower(arxiv_id) >> 1)::bigint
end;

-- The key of a day in dim_date: 20250331.
create macro date_key(day) as (year(day) * 10000 + month(day) * 100 + day(day))::integer;

-- The key of a listing: of a source, its day and the arXiv id of the paper.
create macro listing_key(source_id, listing_date, arxiv_id) as (
    md5_number_lower(concat_ws('/', source_id, strftime(listing_date, '%Y-%m-%d'), arxiv_id)) >> 1
)::bigint;

-- The key of a resource of Hugging Face: of its kind (model, dataset, space …) and its name in any case.
create macro hub_resource_key(kind, resource_id) as (
    md5_number_lower(kind || '/' || lower(resource_id)) >> 1
)::bigint;

-- The repository that a project page owner.github.io/name may belong to, as owner/name; null for any other page.
create macro tried_repository(site) as case
    when
        regexp_full_match(
            site, '[a-z0-9]([a-z0-9-]{0,37}[a-z0-9])?\.github\.io/[a-z0-9_-][a-z0-9._-]{0,95}'
        ) and not regexp_matches(site, '(\.git|\.html?|[.])$')
        then regexp_extract(site, '^[^.]*') || '/' || regexp_extract(site, '/(.*)$', 1)
end;
