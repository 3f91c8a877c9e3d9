-- Grain: one row per name of a linked repository and the time in which the name meant it. Names are aliases with dates;
-- GitHub's number is the repository.
-- Rerun: same rows.
delete from dim_repository_name
where repository_name in (select repository_name from scope_name);

insert into dim_repository_name by name
select *
from name_now
where repository_name in (select repository_name from scope_name)
order by repository_name, valid_from;
