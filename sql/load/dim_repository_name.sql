-- Grain: one row per name of a linked repository and the time in which the name meant it. Names are aliases with dates; GitHub's number is the repository. Reads staging.repository, staging.listing_link. Rerun: same rows.

-- Lineage:
-- repository_name <- staging.listing_link.target, staging.repository.full_name, staging.repository.name_asked
-- repository_key <- staging.repository.repository_id, staging.listing_link.target
-- valid_from <- staging.repository.observed_at
-- last_answer <- staging.repository.status
-- last_answer_at <- staging.repository.observed_at

delete from dim_repository_name where repository_name in (select repository_name from scope_name);

insert into dim_repository_name by name
select *
from name_now
where repository_name in (select repository_name from scope_name)
order by repository_name, valid_from;
