-- Question: Repositories created before the paper was submitted, and after its listing
-- Order: 9
-- Trap: both times are UTC, and known only where arXiv and GitHub have answered; "after" begins with the day after the
-- paper's first listing.
with linked as (
    select
        dim_paper.arxiv_id,
        dim_repository.full_name,
        dim_paper.submitted_at,
        dim_paper.first_listed_date,
        dim_repository.created_at,
        case
            when dim_repository.created_at < dim_paper.submitted_at then 'before submission'
            when dim_repository.created_at >= dim_paper.first_listed_date + interval 1 day then 'after listing'
        end as created
    from mart_code
    join dim_paper using (paper_key)
    join dim_repository using (repository_key)
    where dim_paper.submitted_at is not null and dim_repository.created_at is not null
)

select
    created,
    full_name,
    arxiv_id,
    created_at,
    submitted_at,
    first_listed_date,
    case
        when created = 'before submission' then submitted_at::date - created_at::date
        else created_at::date - first_listed_date
    end as days_apart
from linked
where created is not null
order by created, days_apart desc, full_name, arxiv_id;
