-- Question: Languages of the code, by task and quarter
-- Order: 13
-- Trap: no language is not a language: repositories without one, and those that GitHub has not described, are told
-- apart. The quarter is that of the paper's first listing, the language that of the newest observation.
with code as (
    select
        date_trunc('quarter', dim_paper.first_listed_date)::date as quarter_start,
        dim_task.task_name,
        mart_code.repository_key,
        case
            when dim_repository.seen_at is null then '(not known)'
            else coalesce(dim_repository.language, '(none)')
        end as language
    from mart_code
    join mart_label using (paper_key)
    join dim_paper using (paper_key)
    join dim_task using (task_key)
    join dim_repository using (repository_key)
)

select
    quarter_start,
    task_name,
    language,
    count(distinct repository_key) as repositories
from code
group by all
order by quarter_start, task_name, repositories desc, language;
