-- Grain: one row per paper listed from $from_date to $to_date, by the day of its first listing and arXiv id: what is
-- known of it, with all its listings, and of labels, code and models the day on which a listing first told them.
with chosen as (
    select
        paper_key,
        any_value(dim_paper.arxiv_id) as arxiv_id
    from fct_listing
    join dim_paper using (paper_key)
    where listing_date between $from_date and $to_date
    group by paper_key
),

labelled as (
    select
        listing_key,
        list(task_name order by weight desc, task_name) as labels
    from bridge_listing_task
    join dim_task using (task_key)
    group by listing_key
),

-- As listed, while arXiv has not told them.
authored as (
    select
        fct_listing.listing_key,
        list(dim_author.author_name order by bridge_listing_author.position) as authors
    from fct_listing
    semi join chosen using (paper_key)
    anti join bridge_paper_author using (paper_key)
    join bridge_listing_author using (listing_key)
    join dim_author using (author_key)
    group by fct_listing.listing_key
),

listed as (
    select
        fct_listing.paper_key,
        list(
            {
                listing_date: fct_listing.listing_date,
                source_id: dim_source.source_id,
                position: fct_listing.position,
                title: fct_listing.title,
                authors: authored.authors,
                summary: fct_listing.summary,
                is_abstract: dim_source.lists_abstracts,
                labels: case when fct_listing.task_count is not null then coalesce(labelled.labels, []) end,
                has_code: fct_listing.repository_count > 0,
                has_links: fct_listing.hub_resource_count > 0,
                tells_models: fct_listing.hub_resource_count is not null and dim_source.lists_models
            }
            order by fct_listing.listing_number
        ) as listings
    from fct_listing
    semi join chosen using (paper_key)
    join dim_source using (source_key)
    left join labelled using (listing_key)
    left join authored using (listing_key)
    group by fct_listing.paper_key
),

coded as (
    select
        mart_code.paper_key,
        list(
            {
                repository_key: mart_code.repository_key,
                full_name: dim_repository.full_name,
                replaced_by_repository_id: dim_repository.replaced_by_repository_id,
                linked_name: mart_code.linked_name,
                status: dim_repository.status,
                status_observed_at: dim_repository.observed_at,
                seen_at: dim_repository.seen_at,
                language: dim_repository.language,
                license_spdx: dim_repository.license_spdx,
                stars_count: mart_newest_star.stars_count,
                observed_at: mart_newest_star.observed_at,
                link_role: mart_code.link_role,
                meant_name: mart_code.meant_repository_name,
                first_told_date: mart_code.first_linked_date
            }
            order by mart_newest_star.stars_count desc nulls last, dim_repository.full_name, mart_code.repository_key
        ) as code
    from mart_code
    semi join chosen using (paper_key)
    join dim_repository using (repository_key)
    left join mart_newest_star using (repository_key)
    group by mart_code.paper_key
),

counted as (
    select
        hub_resource_key,
        arg_max_null(downloads_30_days_count, observed_at) as downloads_30_days_count,
        arg_max_null(likes_count, observed_at) as likes_count,
        max(observed_at) as observed_at
    from fct_hub_resource_day
    group by hub_resource_key
),

connected as (
    select
        bridge_paper_hub_resource.paper_key,
        bridge_paper_hub_resource.hub_resource_key,
        list(distinct asserted_by order by asserted_by) as asserted_by,
        max(asserted_at) as asserted_at
    from bridge_paper_hub_resource
    semi join chosen using (paper_key)
    group by bridge_paper_hub_resource.paper_key, bridge_paper_hub_resource.hub_resource_key
),

first_linked as (
    select
        fct_listing.paper_key,
        link.hub_resource_key,
        min(fct_listing.listing_date) as first_told_date
    from bridge_listing_hub_resource as link
    join fct_listing using (listing_key)
    semi join chosen using (paper_key)
    group by fct_listing.paper_key, link.hub_resource_key
),

linked as (
    select
        coalesce(connected.paper_key, first_linked.paper_key) as paper_key,
        list(
            {
                kind: dim_hub_resource.kind,
                resource_id: dim_hub_resource.resource_id,
                licence: dim_hub_resource.licence,
                first_told_date: first_linked.first_told_date,
                asserted_by: coalesce(connected.asserted_by, ['listing']),
                asserted_at: connected.asserted_at,
                downloads_30_days_count: counted.downloads_30_days_count,
                likes_count: counted.likes_count,
                observed_at: counted.observed_at
            }
            order by dim_hub_resource.kind, dim_hub_resource.resource_id
        ) as resources
    from connected
    full join first_linked using (paper_key, hub_resource_key)
    join dim_hub_resource
        on coalesce(connected.hub_resource_key, first_linked.hub_resource_key) = dim_hub_resource.hub_resource_key
    left join counted using (hub_resource_key)
    group by coalesce(connected.paper_key, first_linked.paper_key)
),

shown as (
    select
        paper_key,
        arg_max(
            {
                upvotes_count: upvotes_count,
                code_url: code_url,
                code_added_by: code_added_by,
                project_url: project_url,
                organisation: organisation,
                models_count: models_count,
                datasets_count: datasets_count,
                spaces_count: spaces_count,
                observed_at: observed_at
            },
            observed_at
        ) as hub_page
    from fct_paper_hub_day
    semi join chosen using (paper_key)
    group by paper_key
),

commented as (
    select
        fct_listing.paper_key,
        arg_max(comments_count, fct_listing_day.observed_at) as comments_count,
        max(fct_listing_day.observed_at) filter (comments_count is not null) as comments_observed_at
    from fct_listing_day
    join fct_listing using (listing_key)
    semi join chosen using (paper_key)
    group by fct_listing.paper_key
),

kept_elsewhere as (
    select
        fct_listing.paper_key,
        list(distinct listing_site.url order by listing_site.url) as artefact_urls
    from listing_site
    join fct_listing using (listing_key)
    semi join chosen using (paper_key)
    where listing_site.kind = 'other_artefact'
    group by fct_listing.paper_key
),

working as (
    select
        paper_key,
        list(
            { name: author_name, affiliations: affiliations } order by position
        ) filter (len(affiliations) > 0) as affiliations
    from bridge_paper_author
    semi join chosen using (paper_key)
    join dim_author using (author_key)
    group by paper_key
),

told as (
    select
        paper_key,
        list(
            { version: version, title: title, is_withdrawn: is_withdrawn, valid_from: valid_from } order by valid_from
        ) as told_versions,
        min(valid_from) filter (is_withdrawn) as withdrawn_told_at
    from dim_paper_version
    semi join chosen using (paper_key)
    group by paper_key
)

select
    mart_paper.* exclude (
        paper_key, url, listing_count, listed_day_count, has_labels, tasks, has_code, repositories, stars_count,
        stars_observed_at, own_stars_count, has_models, hub_resources, summary, listed_abstract
    ),
    dim_paper.version_times,
    listed.listings,
    coalesce(coded.code, []) as code,
    coalesce(linked.resources, []) as resources,
    shown.hub_page,
    commented.comments_count,
    commented.comments_observed_at,
    coalesce(kept_elsewhere.artefact_urls, []) as artefact_urls,
    coalesce(working.affiliations, []) as affiliations,
    coalesce(told.told_versions, []) as told_versions,
    coalesce(told.withdrawn_told_at, dim_paper.observed_at) as withdrawn_told_at
from chosen
join mart_paper using (paper_key, arxiv_id)
join dim_paper using (paper_key)
join listed using (paper_key)
left join coded using (paper_key)
left join linked using (paper_key)
left join shown using (paper_key)
left join commented using (paper_key)
left join kept_elsewhere using (paper_key)
left join working using (paper_key)
left join told using (paper_key)
order by mart_paper.first_listed_date, mart_paper.arxiv_id;
