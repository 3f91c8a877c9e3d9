-- Key: hub_resource_key, date_key
create table fct_hub_resource_day (
    hub_resource_key bigint not null, -- the resource, by the name in the link
    date_key integer not null, -- UTC day of the observation, never the day of a page
    observed_at timestamp not null, -- the last observation of the day, UTC
    hub_id varchar not null, -- Hugging Face's id on that day: compare days of one id only
    downloads_30_days_count bigint, -- downloads of the 30 days before, by Hugging Face; null for a space
    downloads_all_time_count bigint, -- downloads ever, by Hugging Face; null for a space
    likes_count bigint -- likes
);
