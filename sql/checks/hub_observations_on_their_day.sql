-- Rule: The numbers of a Hugging Face resource have the UTC day on which they were observed, and a space has no
-- downloads.
-- Table: fct_hub_resource_day
-- Severity: error
select
    day.hub_resource_key,
    day.date_key,
    day.observed_at,
    resource.kind
from fct_hub_resource_day as day
left join dim_hub_resource as resource using (hub_resource_key)
where
    day.date_key <> date_key(day.observed_at::date)
    or (
        resource.kind = 'space'
        and (day.downloads_30_days_count is not null or day.downloads_all_time_count is not null)
    );
