-- About: The computed keys, as macros that stay in the published file. md5 has not changed between versions of DuckDB;
-- hash() has.

create macro key_of(natural_key) as (md5_number_lower(natural_key) >> 1)::bigint;

create macro paper_key(arxiv_id) as case
    when regexp_full_match(arxiv_id, '[0-9]{4}\.[0-9]{4,5}') then replace(arxiv_id, '.', '')::bigint
    else key_of(arxiv_id)
end;

create macro date_key(day) as (year(day) * 10000 + month(day) * 100 + day(day))::integer;

create macro listing_key(source_id, listing_date, arxiv_id) as key_of(
    concat_ws('/', source_id, strftime(listing_date, '%Y-%m-%d'), arxiv_id)
);

create macro hub_resource_key(kind, resource_id) as key_of(kind || '/' || lower(resource_id));
