-- 27. One paper, everything we know about it
-- Trap: each listing counts, not only the first; what there is several of stands in lists, so that nothing is multiplied. Stars stand at the time of their observation.
-- $arxiv_id = newest -- with or without a version, or newest: the one that was first listed last
with chosen as materialized (
    select *
    from dim_paper
    where
        paper_key <> -1
        and case when $arxiv_id = 'newest' then true else arxiv_id = regexp_replace($arxiv_id, 'v[0-9]+$', '') end
    order by first_listed_date desc, arxiv_id desc
    limit 1
),

listing as materialized (
    select *
    from fct_listing
    join dim_source using (source_key)
    where paper_key in (select paper_key from chosen)
)

select
    'https://arxiv.org/abs/' || arxiv_id as url,
    chosen.* exclude (paper_key),
    (select list(distinct source_id order by source_id) from listing) as sources,
    (
        select list({listing_date: listing_date, source_id: source_id, position: position, title: title, summary: summary}
            order by listing_date, source_id)
        from listing
    ) as listings,
    (
        select list(task_name order by weight desc, task_name)
        from mart_label
        join dim_task using (task_key)
        where paper_key in (select paper_key from chosen)
    ) as tasks,
    (
        select list(category_code order by is_primary desc, category_code)
        from bridge_paper_category
        join dim_category using (category_key)
        where paper_key in (select paper_key from chosen)
    ) as categories,
    (
        select list(author_name order by position)
        from mart_authorship
        join dim_author using (author_key)
        where paper_key in (select paper_key from chosen)
    ) as authors,
    (
        select list({full_name: full_name, url: url, status: status, description: description, language: language,
            license_spdx: license_spdx, stars_count: stars_count, observed_at: newest.observed_at} order by full_name)
        from mart_code
        join dim_repository using (repository_key)
        left join mart_newest_star as newest using (repository_key)
        where paper_key in (select paper_key from chosen)
    ) as repositories,
    (
        select list(distinct {kind: kind, resource_id: resource_id, url: dim_hub_resource.url}
            order by {kind: kind, resource_id: resource_id, url: dim_hub_resource.url})
        from bridge_listing_hub_resource
        join dim_hub_resource using (hub_resource_key)
        where listing_key in (select listing_key from listing)
    ) as hub_resources,
    (
        select list(distinct {url: url, reason: reason} order by {url: url, reason: reason})
        from rejected_link
        where listing_key in (select listing_key from listing)
    ) as rejected_links
from chosen;
