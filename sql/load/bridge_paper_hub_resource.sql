-- Grain: one row per paper, Hugging Face resource and who connects them: listings of the paper, the newest page of the
-- paper at Hugging Face, or the newest card of the resource. What a newer page no longer lists is gone; that the page
-- itself is missing takes nothing away.
-- Rerun: same rows, same keys.
delete from bridge_paper_hub_resource
where paper_key in (from scope_hub_paper);

insert into bridge_paper_hub_resource by name
select
    listing.paper_key,
    link.hub_resource_key,
    'listing' as asserted_by,
    null::timestamp as asserted_at
from bridge_listing_hub_resource as link
join fct_listing as listing using (listing_key)
where listing.paper_key in (from scope_hub_paper)
group by all
union all
select
    paper_key,
    key_of(lower(resource_named)) as hub_resource_key,
    asserted_by,
    max(observed_at) as asserted_at
from hub_connection
where
    paper_key in (from scope_hub_paper)
    and paper_key in (select dim_paper.paper_key from dim_paper)
    and (
        asserted_by = 'paper_page'
        or key_of(lower(resource_named)) in (
            select bridge_listing_hub_resource.hub_resource_key from bridge_listing_hub_resource
        )
    )
group by all
order by paper_key, hub_resource_key, asserted_by;
