-- Question: Code links that arXiv's page of the paper does not confirm
-- Order: 35
-- Trap: names are compared without case and without .git, and a renamed repository is the same one. Without a witness
-- nothing is confirmed and nothing denied, so such listings are not here. Either side may be right: a language model
-- mistypes names, and a paper may have several repositories.
with witnessed as (
    select
        listing_key,
        source_key,
        listing_date,
        paper_key,
        repository_count,
        witness_repository_name
    from fct_listing
    where witness_repository_name is not null
),

confirmed as (
    select witnessed.listing_key
    from witnessed
    join bridge_listing_repository as link using (listing_key)
    left join dim_repository_name as alias
        on
            witnessed.witness_repository_name = alias.repository_name
            and link.repository_key = alias.repository_key
    where link.repository_name = witnessed.witness_repository_name or alias.repository_key is not null
),

linked as (
    select
        listing_key,
        list(repository_name order by repository_name) as repository_names
    from bridge_listing_repository
    group by listing_key
)

select
    dim_source.source_id,
    witnessed.listing_date,
    dim_paper.arxiv_id,
    dim_paper.title,
    case when linked.listing_key is null then 'not linked' else 'another repository' end as difference,
    witnessed.witness_repository_name,
    coalesce(linked.repository_names, []) as linked_names
from witnessed
anti join confirmed using (listing_key)
left join linked using (listing_key)
join dim_source using (source_key)
join dim_paper using (paper_key)
where witnessed.repository_count is not null
order by witnessed.listing_date, dim_source.source_id, dim_paper.arxiv_id;
