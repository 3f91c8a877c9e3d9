-- Question: Fastest starts: code that gained most from its first listing on
-- Order: 41
-- Trap: a tool that was famous before gains every week, so the gain is stars a day of the 7 days from the listing on
-- less those of the 7 days before. Null before is a repository younger than that: its gain is unknown, and comes last.
-- After a listing is not because of it. Counted are stargazers who still star it: a lower bound. Only code that is a
-- paper's own is ranked, by what is known of it.
-- $link_role = own -- own, shared, tool or unknown: what it is to a paper; all: whatever papers link to
-- $limit = 20
with paper as (
    select
        mart_code.repository_key,
        list(dim_paper.title order by dim_paper.first_listed_date, dim_paper.paper_key) as papers
    from mart_code
    join dim_paper using (paper_key)
    where $link_role in ('all', mart_code.link_role)
    group by mart_code.repository_key
)

select
    dim_repository.full_name,
    effect.first_listed_date,
    round(effect.stars_kept_per_day_7_after - effect.stars_kept_per_day_before, 2) + 0 as gain_per_day, -- never -0.0
    round(effect.stars_kept_per_day_before, 2) as per_day_before,
    round(effect.stars_kept_per_day_7_after, 2) as per_day_7_after,
    round(effect.stars_kept_per_day_30_after, 2) as per_day_30_after,
    paper.papers
from mart_listing_effect as effect
join dim_repository using (repository_key)
join paper using (repository_key)
where effect.stars_kept_7_after_count is not null
order by gain_per_day desc nulls last, per_day_7_after desc, dim_repository.full_name
limit $limit::integer;
