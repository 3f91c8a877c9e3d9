-- Question: Stars at 7, 30 and 90 days after the first listing
-- Order: 40
-- Trap: counted are stargazers who still star it, so a lower bound of what was shown then; do not subtract it from
-- observed stars. Null is a time that is not over, or of which GitHub was not asked, and no 0; a repository without a
-- whole history is missing here. The listing's day is the first of the 7, in days of Los Angeles, give or take one.
-- Tools and collections lead every list: only code that is a paper's own is ranked, by what is known of it.
-- $link_role = own -- own, shared, tool or unknown: what it is to a paper; all: whatever papers link to
-- $limit = 20
select
    dim_repository.full_name,
    effect.first_listed_date,
    effect.stars_kept_7_after_count,
    effect.stars_kept_30_after_count,
    effect.stars_kept_90_after_count,
    effect.last_told_date,
    effect.observed_at
from mart_listing_effect as effect
join dim_repository using (repository_key)
where
    effect.repository_key in (
        select mart_code.repository_key from mart_code
        where $link_role in ('all', mart_code.link_role)
    )
order by
    effect.stars_kept_30_after_count desc nulls last,
    effect.stars_kept_7_after_count desc nulls last,
    dim_repository.full_name
limit $limit::integer;
