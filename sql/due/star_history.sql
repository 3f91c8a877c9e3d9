-- Grain: one row per page of GitHub's star history to ask for at $now, most valuable first, as <number>/<page>. A page
-- has thirty weeks of Los Angeles, newest first, so that the page of a week follows from today. First come the pages of
-- the windows, from 30 days before a first listing to 90 after it, newest listings first. Then the first page of what
-- is known, weekly. Last, and idle, 500 a day less what was asked for, come all other weeks since the repository began,
-- and a second look at weeks that were last seen a year ago. A repository that is gone, blocked or refused is asked
-- for monthly, and so is a page that lacks weeks; a page that could not be read after a day. Last of all, and idle, are
-- pages that have failed since, in turns: they must not hold up the others in every run. What was answered after $now
-- does not count.
with moment as (
    select timezone('America/Los_Angeles', $now::timestamp at time zone 'UTC')::date as today
),

linked as (
    select
        lower(target) as repository_name,
        min(listing_date) as first_listed_date,
        max(listing_date) as last_listed_date
    from staging.listing_link
    semi join final_document using (document_id, listing_date, sha256)
    where kind = 'repository'
    group by all
),

listed as (
    select
        period.repository_id,
        min(linked.first_listed_date) as first_listed_date,
        max(linked.last_listed_date) as last_listed_date
    from linked
    join repository_period as period using (repository_name)
    group by period.repository_id
),

attempt as (
    select
        try_cast(split_part(subject_id, '/', 1) as bigint) as repository_id,
        try_cast(split_part(subject_id, '/', 2) as integer) as page,
        outcome,
        http_status,
        attempted_at,
        timezone('America/Los_Angeles', attempted_at at time zone 'UTC')::date as attempted_date
    from staging.attempt
    where service = 'star_history' and attempted_at <= $now
),

asked as (
    select
        repository_id,
        page,
        max(attempted_at) filter (outcome in ('found', 'empty')) as answered_at,
        max(attempted_at) filter (http_status = 200) as tried_at,
        max(attempted_at) filter (outcome = 'failed') as failed_at
    from attempt
    group by repository_id, page
),

gone as (
    select repository_id
    from attempt
    where outcome in ('not_found', 'blocked', 'forbidden', 'rejected')
    group by repository_id
    having max(attempted_at)::date + 30 > $now::date
),

created as (
    select
        repository_id,
        min(timezone('America/Los_Angeles', created_at at time zone 'UTC')::date) as created_date
    from staging.repository
    where status = 'found'
    group by repository_id
),

known as (
    select
        repository_id,
        week,
        max(observed_at) as observed_at
    from staging.star_week
    where observed_at <= $now
    group by repository_id, week
),

-- What GitHub showed last as the first week: the last one of a page that is not full, or the one before an empty page.
-- One answer may be cut short. So it is no beginning where an older week is known, or the repository is much older.
beginning as (
    select
        shown.repository_id,
        shown.first_week
    from (
        select
            repository_id,
            arg_max(week, (shown_at, week)) as first_week
        from (
            select
                repository_id,
                week,
                observed_at as shown_at
            from staging.star_week
            where is_oldest and observed_at <= $now
            union all
            select
                repository_id,
                attempted_date - dayofweek(attempted_date)::integer - 210 * (page - 1) + 7 as week,
                attempted_at as shown_at
            from attempt
            where outcome = 'empty' and page > 1
        )
        group by repository_id
    ) as shown
    left join created using (repository_id)
    left join (
        select
            repository_id,
            min(week) as week
        from known
        group by repository_id
    ) as oldest using (repository_id)
    where
        coalesce(oldest.week >= shown.first_week, true)
        and coalesce(created.created_date >= shown.first_week - 14, true)
),

reach as (
    select
        listed.repository_id,
        listed.last_listed_date,
        moment.today - dayofweek(moment.today)::integer as this_week,
        start.first_date - dayofweek(start.first_date)::integer as from_week,
        listed.first_listed_date - 30 as window_from,
        least(listed.first_listed_date + 90, moment.today) as window_to
    from listed
    cross join moment
    left join created using (repository_id)
    left join beginning using (repository_id)
    cross join
        lateral (
            select
                greatest(
                    coalesce(created.created_date, listed.first_listed_date - 30),
                    coalesce(beginning.first_week, date '2008-01-01')
                ) as first_date
        ) as start
    where listed.repository_id not in (select repository_id from gone)
),

page as (
    select
        reach.*,
        number as page,
        this_week - 210 * (number - 1) as newest_week,
        greatest(this_week - 210 * number + 7, from_week) as oldest_week
    from reach
    cross join unnest(range(1, 101)::integer[]) as numbers (number)
    where number = 1 or number <= (this_week - from_week) // 7 // 30 + 1
),

-- The week that is not over yet is never known.
counted as (
    select
        page.repository_id,
        page.page,
        any_value(page.last_listed_date) as last_listed_date,
        any_value(page.newest_week >= page.window_from - 6 and page.oldest_week <= page.window_to) as is_in_window,
        any_value((page.newest_week - page.oldest_week) // 7 + 1) as week_count,
        any_value(
            (
                least(page.newest_week, page.window_to - dayofweek(page.window_to)::integer)
                - greatest(page.oldest_week, page.window_from - dayofweek(page.window_from)::integer)
            ) // 7 + 1
        ) as window_week_count,
        count(known.week) as known_count,
        count(known.week) filter (known.week between page.window_from - 6 and page.window_to) as known_window_count,
        coalesce(min(known.observed_at) < $now - interval 365 day, false) as is_old
    from page
    left join known
        on
            page.repository_id = known.repository_id
            and known.week between page.oldest_week and page.newest_week
            and timezone('America/Los_Angeles', known.observed_at at time zone 'UTC')::date > known.week + 6
    group by page.repository_id, page.page
),

ranked as (
    select
        counted.repository_id,
        counted.page,
        counted.last_listed_date,
        asked.answered_at is null as is_new,
        case
            when asked.failed_at > coalesce(asked.answered_at, timestamp '1970-01-01') then asked.failed_at
        end as failed_at,
        case
            when counted.page = 1 and asked.answered_at is not null then 'refresh'
            when counted.is_in_window and (counted.page = 1 or counted.known_window_count < counted.window_week_count)
                then 'window'
            when counted.page = 1 or counted.known_count < counted.week_count or counted.is_old then 'rest'
        end as reason
    from counted
    left join asked using (repository_id, page)
    where
        coalesce(asked.tried_at + interval 1 day <= $now, true)
        and coalesce(
            asked.answered_at::date + case when counted.page = 1 then 7 else 30 end <= $now::date, true
        )
),

placed as (
    select
        *,
        row_number() over (
            partition by reason order by last_listed_date desc, repository_id, page
        ) as place
    from ranked
    where reason is not null
)

select
    repository_id || '/' || page as subject_id,
    is_new,
    reason = 'rest' or failed_at is not null as is_idle
from placed
where
    reason <> 'rest'
    or place <= 500 - (
        select count(*) from attempt
        where attempted_at > $now - interval 20 hour
    )
order by
    failed_at nulls first,
    case reason when 'window' then 1 when 'refresh' then 2 else 3 end,
    last_listed_date desc,
    repository_id,
    page;
