-- Grain: one row per repository that a paper links to, by its key: as GitHub last described it, each observation of its
-- stars, its stars by day that were kept, and its papers.
with observed as (
    select
        repository_key,
        list(
            { observed_at: observed_at, stars_count: stars_count, forks_count: forks_count } order by observed_at
        ) as observations
    from fct_repository_day
    where stars_count is not null
    group by repository_key
),

kept as (
    select
        repository_key,
        list(star_date order by star_date) as star_dates,
        list(stars_kept_count order by star_date) as stars_kept,
        min(observed_at) as kept_observed_at
    from fct_repository_star_day
    group by repository_key
),

linked as (
    select
        mart_code.repository_key,
        list(
            { arxiv_id: dim_paper.arxiv_id, link_role: mart_code.link_role }
            order by dim_paper.first_listed_date, dim_paper.arxiv_id
        ) as papers
    from mart_code
    join dim_paper using (paper_key)
    group by mart_code.repository_key
)

select
    dim_repository.*,
    linked.papers,
    coalesce(observed.observations, []) as observations,
    coalesce(kept.star_dates, []) as star_dates,
    coalesce(kept.stars_kept, []) as stars_kept,
    kept.kept_observed_at
from dim_repository
join linked using (repository_key)
left join observed using (repository_key)
left join kept using (repository_key)
order by dim_repository.status <> 'found', dim_repository.repository_key;
