-- Grain: one row per arXiv paper: everything known about it from all sources. Lists are empty if there is nothing, and
-- null if nobody could tell. Stars are those of the newest observation, with its time, and never those of the day of
-- the listing.
-- Key: paper_key
-- Note: each part has both names of a paper, so that a filter on either reaches its rows before they are summed up.
create view mart_paper as
with listing as (
    select
        paper_key,
        dim_paper.arxiv_id,
        max(listing_date) as last_listed_date,
        count(*) as listing_count,
        count(distinct listing_date) as listed_day_count,
        list(distinct source_id order by source_id) as sources,
        arg_min(summary, listing_number) filter (not lists_abstracts) as summary,
        arg_min(summary, listing_number) filter (lists_abstracts) as listed_abstract,
        bool_or(task_count > 0) as has_labels,
        bool_or(repository_count > 0) as has_code,
        bool_or(hub_resource_count > 0) as has_hub_resources,
        bool_or(hub_resource_count is not null and lists_models) as tells_models
    from fct_listing
    join dim_source using (source_key)
    join dim_paper using (paper_key)
    group by paper_key, dim_paper.arxiv_id
),

upvoted as (
    select
        paper_key,
        dim_paper.arxiv_id,
        arg_max(upvotes_count, (fct_listing_day.observed_at, upvotes_count)) as upvotes_count,
        max(fct_listing_day.observed_at) as observed_at
    from fct_listing_day
    join fct_listing using (listing_key)
    join dim_paper using (paper_key)
    where upvotes_count is not null
    group by paper_key, dim_paper.arxiv_id
),

cited as (
    select
        paper_key,
        dim_paper.arxiv_id,
        arg_max(citation_count, cited_day.observed_at) as citation_count,
        arg_max({ count: influential_citation_count }, cited_day.observed_at).count as influential_citation_count,
        max(cited_day.observed_at) as observed_at
    from fct_paper_citation_day as cited_day
    join dim_paper using (paper_key)
    where provider = 'semantic_scholar'
    group by paper_key, dim_paper.arxiv_id
),

task as (
    select
        paper_key,
        dim_paper.arxiv_id,
        list(task_name order by weight desc, task_name) as tasks
    from mart_label
    join dim_task using (task_key)
    join dim_paper using (paper_key)
    where task_key <> -1
    group by paper_key, dim_paper.arxiv_id
),

category as (
    select
        paper_key,
        dim_paper.arxiv_id,
        list(category_code order by is_primary desc, category_code) as categories
    from bridge_paper_category
    join dim_category using (category_key)
    join dim_paper using (paper_key)
    group by paper_key, dim_paper.arxiv_id
),

author as (
    select
        paper_key,
        dim_paper.arxiv_id,
        list(author_name order by position) as authors,
        bool_and(is_from_arxiv) as has_arxiv_authors
    from mart_authorship
    join dim_author using (author_key)
    join dim_paper using (paper_key)
    group by paper_key, dim_paper.arxiv_id
),

repository as (
    select
        bridge_paper_repository.paper_key,
        dim_paper.arxiv_id,
        list({
            full_name: dim_repository.full_name,
            status: dim_repository.status,
            language: dim_repository.language,
            license_spdx: dim_repository.license_spdx,
            stars_count: mart_newest_star.stars_count,
            observed_at: mart_newest_star.observed_at,
            link_role: bridge_paper_repository.link_role
        } order by mart_newest_star.stars_count desc nulls last, dim_repository.full_name) as repositories,
        max(mart_newest_star.stars_count) filter (where bridge_paper_repository.link_role = 'own') as own_stars_count
    from bridge_paper_repository
    join dim_paper using (paper_key)
    join dim_repository using (repository_key)
    left join mart_newest_star using (repository_key)
    group by bridge_paper_repository.paper_key, dim_paper.arxiv_id
),

site as (
    select
        paper_key,
        dim_paper.arxiv_id,
        list(distinct url order by url) filter (where kind = 'project_page') as project_urls,
        list(distinct url order by url) filter (where kind = 'other_code') as other_code_urls,
        min(repository_name) filter (where repository_status = 'found') as page_repository_name
    from listing_site
    join fct_listing using (listing_key)
    join dim_paper using (paper_key)
    group by paper_key, dim_paper.arxiv_id
),

hub_resource as (
    select
        paper_key,
        dim_paper.arxiv_id,
        list(
            distinct { kind: kind, resource_id: resource_id }
            order by { kind: kind, resource_id: resource_id }
        ) as hub_resources,
        bool_or(kind in ('model', 'dataset', 'space')) as has_models
    from bridge_listing_hub_resource
    join fct_listing using (listing_key)
    join dim_hub_resource using (hub_resource_key)
    join dim_paper using (paper_key)
    group by paper_key, dim_paper.arxiv_id
)

select
    dim_paper.paper_key, -- digits of the arXiv id, or 63 bits of md5 for old ids
    dim_paper.arxiv_id, -- arXiv's identifier without version
    'https://arxiv.org/abs/' || dim_paper.arxiv_id as url, -- address of the abstract's page
    dim_paper.title, -- arXiv's title; until arXiv has answered, that of the first listing
    dim_paper.status, -- pending (arXiv has not answered), found, not_found (arXiv does not know the id)
    dim_paper.first_listed_date, -- first day on which any source listed it
    listing.last_listed_date, -- last day on which any source listed it
    listing.listing_count, -- listings over all sources and days
    listing.listed_day_count, -- distinct days with a listing
    listing.sources, -- source_id of those that list it, sorted
    listing.has_labels, -- a listing gives labels; null if no source of it gives any
    case when listing.has_labels then task.tasks when not listing.has_labels then [] end as tasks, -- labels of its
    -- first labelled listing, sorted by name; empty if none, null if no source of it gives any
    dim_paper.primary_category, -- arXiv category code; null while not found
    category.categories, -- arXiv category codes, the primary one first; null while not found
    author.authors, -- names in order: arXiv's, or until arXiv has answered those of the listing that names most;
    -- null if nobody names any
    coalesce(author.has_arxiv_authors, false) as has_arxiv_authors, -- authors are arXiv's
    dim_paper.submitted_at, -- when version 1 was submitted, UTC; null while not found
    dim_paper.updated_at, -- when the current version was submitted, UTC; null while not found
    dim_paper.version, -- number of the current version when last observed
    dim_paper.is_withdrawn, -- the comment, or DataCite, says that the paper was withdrawn; null while not found
    dim_paper.licence, -- by DataCite, like cc-by-4.0, or an address; null while it has not told it
    dim_paper.metadata_source, -- who tells of it: arxiv, or datacite as long as arXiv has not answered; null while
    -- not found
    dim_paper.doi, -- first DOI the authors gave; null for most
    dim_paper.journal_ref, -- journal reference as typed by the authors; null for most
    dim_paper.comment, -- authors' comment; null if none
    listing.has_code, -- a listing links to a GitHub repository, alive or not; null if no source of it links to code. So
    -- avg(has_code::int) is the share of the papers of which somebody could tell
    case
        when listing.has_code then repository.repositories when not listing.has_code then []
    end as repositories, -- its GitHub repositories with their newest observation, most stars first; empty if none, null
    -- if no source of it links to code
    repository.repositories[1].stars_count as stars_count, -- stars of its most starred repository at stars_observed_at;
    -- null without an observation. Papers share repositories: sum stars over mart_newest_star, not over papers
    repository.repositories[1].observed_at as stars_observed_at, -- when those stars were seen, UTC
    repository.own_stars_count, -- stars of its most starred repository that is its own code by link_role of mart_code,
    -- and no tool or collection of projects; null without one. Rank papers by this
    coalesce(site.project_urls, []) as project_urls, -- addresses of its project pages as listed; empty if none is known
    coalesce(site.other_code_urls, []) as other_code_urls, -- addresses of its code on other hosts than GitHub, which
    -- has_code does not count; empty if none is known
    site.page_repository_name, -- owner/name of a repository on GitHub that its page owner.github.io/name may belong to:
    -- GitHub has one of that name. A guess, which has_code and stars count only if a listing also links to it; null for
    -- most
    case
        when listing.tells_models then coalesce(hub_resource.has_models, false)
    end as has_models, -- a listing links to a model, dataset or space; null if no source of it tells, also where a
    -- project page happens to be one: of such papers only those that have it would count
    case
        when listing.has_hub_resources then hub_resource.hub_resources when not listing.has_hub_resources then []
    end as hub_resources, -- Hugging Face resources that its listings link to, accounts and collections too; empty if
    -- none, null if none is known and no source of it tells
    upvoted.upvotes_count, -- upvotes at upvotes_observed_at; null if no source that was looked at shows any
    upvoted.observed_at as upvotes_observed_at, -- when those upvotes were seen, UTC; those of the day itself are fewer
    cited.citation_count, -- citations that Semantic Scholar knew at citations_observed_at; null is unknown, not 0
    cited.influential_citation_count, -- those that Semantic Scholar's model takes for influential; null is unknown
    cited.observed_at as citations_observed_at, -- when those citations were counted, UTC
    listing.summary, -- of its first listing with one that a language model wrote; null if none has. An abstract is none
    dim_paper.abstract, -- arXiv's abstract; null while not found
    listing.listed_abstract, -- the abstract as listed, of its first listing that has it, also while arXiv has not
    -- answered; null if no source of it gives abstracts
    dim_paper.observed_at -- when arXiv last answered for it, UTC; null while pending
from dim_paper
join listing using (paper_key, arxiv_id)
left join upvoted using (paper_key, arxiv_id)
left join cited using (paper_key, arxiv_id)
left join task using (paper_key, arxiv_id)
left join category using (paper_key, arxiv_id)
left join author using (paper_key, arxiv_id)
left join repository using (paper_key, arxiv_id)
left join site using (paper_key, arxiv_id)
left join hub_resource using (paper_key, arxiv_id);
