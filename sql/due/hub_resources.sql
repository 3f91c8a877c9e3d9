-- Grain: one row per model, data set or space to ask Hugging Face for at $now, most valuable first: those without an
-- answer before refreshes, newest listings first. Found ones are observed weekly, those that are not public are asked
-- for monthly. Spelled as Hugging Face does where that differs in case alone, since every other spelling costs a
-- redirect. Last are those that have failed since, in turns: they must not hold up the others in every run. What was
-- answered after $now does not count: a clock was wrong then.
with linked as (
    select
        lower(kind || '/' || target) as resource_asked,
        kind,
        min(target) as resource_id,
        max(listing_date) as last_listed_date
    from staging.listing_link
    semi join final_document using (document_id, listing_date, sha256)
    where kind in ('model', 'dataset', 'space')
    group by 1, 2
),

answer as (
    select
        resource_asked,
        arg_max(status, (observed_at, exchange_id)) as last_answer,
        arg_max(hub_name, (observed_at, exchange_id)) as hub_name,
        max(observed_at) as last_answer_at
    from staging.hub_resource
    where observed_at <= $now
    group by resource_asked
),

failure as (
    select
        subject_id as resource_asked,
        max(attempted_at) as failed_at
    from staging.hub_attempt
    where outcome = 'failed' and attempted_at <= $now
    group by subject_id
)

select
    linked.kind || '/' || case
        when lower(answer.hub_name) = lower(linked.resource_id) then answer.hub_name else linked.resource_id
    end as subject,
    answer.last_answer is null as is_new
from linked
left join answer using (resource_asked)
left join failure using (resource_asked)
where
    answer.last_answer is null
    or answer.last_answer_at::date + case answer.last_answer when 'found' then 7 else 30 end <= $now::date
order by
    case
        when failure.failed_at > coalesce(answer.last_answer_at, timestamp '1970-01-01') then failure.failed_at
    end nulls first,
    is_new desc,
    linked.last_listed_date desc,
    subject;
