-- Question: Licences of the code; how much has none?
-- Order: 14
-- Trap: NOASSERTION is a licence that GitHub cannot name, not the lack of one; and of a repository that is gone or not
-- asked for, nothing is known. Shares are of the repositories found.
with licence as (
    select
        case when status = 'found' then coalesce(license_spdx, '(none)') else '(not known)' end as licence,
        status = 'found' as is_found
    from dim_repository
    where repository_key <> -1
)

select
    licence,
    count(*) as repositories,
    case when is_found then round(count(*) / sum(count(*)) over (partition by is_found), 3) end as share_of_found
from licence
group by licence, is_found
order by repositories desc, licence;
