-- Question: Papers by upvotes at Hugging Face: which code does it name, who added that, and do listings link to it?
-- Order: 39
-- Trap: upvotes are of the day on which Hugging Face was asked (observed_at). Code added by "user" was named by some
-- person, by "auto" matched by Hugging Face: neither need be an author. is_linked goes by every
-- name that the repository has had, and is null where no source could tell.
-- Models and the like count what links to the paper, which is a citation and no authorship. A paper without a page
-- there is missing here, and is no paper with 0.
-- $limit = 20
with newest as (
    select *
    from fct_paper_hub_day
    qualify row_number() over (partition by paper_key order by date_key desc) = 1
),

linked as (
    select
        fct_listing.paper_key,
        list(distinct dim_repository_name.repository_name) as names
    from bridge_listing_repository
    join fct_listing using (listing_key)
    join dim_repository_name using (repository_key)
    group by fct_listing.paper_key
)

select
    paper.arxiv_id,
    paper.title,
    newest.upvotes_count,
    newest.code_url,
    newest.code_added_by,
    case
        when newest.code_url is null or paper.has_code is null then null
        else coalesce(
            list_contains(
                linked.names,
                regexp_extract(lower(newest.code_url), 'github\.com/([^/]+/[^/#?]+?)(\.git)?([/#?]|$)', 1)
            ),
            false
        )
    end as is_linked,
    newest.organisation,
    newest.models_count,
    newest.datasets_count,
    newest.spaces_count,
    newest.observed_at
from newest
join mart_paper as paper using (paper_key)
left join linked using (paper_key)
order by newest.upvotes_count desc nulls last, paper.arxiv_id
limit $limit::integer;
