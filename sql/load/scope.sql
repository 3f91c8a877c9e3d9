-- About: what a load has to replace: everything in which the star differs from staging. An empty star differs in
-- everything, so one day and a full rebuild run the same statements. Makes temporary tables only.

create or replace temp table current_document as from final_document;
create or replace temp table current_day as from final_day;
create or replace temp table current_answer as from answered_paper;
create or replace temp table current_period as from repository_period;

-- Grain: one row per source and day whose outcome or page differs between star and staging. Of several looks of a feed
-- in the same microsecond nobody can tell which one the star knows, so their days are always among them.
create or replace temp table scope_day as
with loaded as (
    select
        source_id,
        listing_date,
        outcome,
        reason,
        correction_failure,
        document_sha256,
        companion_sha256,
        fetched_at,
        first_fetched_at,
        document_fetched_at
    from fct_source_day
    join dim_source using (source_key)
)

select
    source_id,
    listing_date
from current_day
full join loaded using (source_id, listing_date)
where (
    current_day.outcome,
    current_day.reason,
    current_day.correction_failure,
    current_day.document_sha256,
    current_day.companion_sha256,
    current_day.fetched_at,
    current_day.first_fetched_at,
    current_day.document_fetched_at
) is distinct from (
    loaded.outcome,
    loaded.reason,
    loaded.correction_failure,
    loaded.document_sha256,
    loaded.companion_sha256,
    loaded.fetched_at,
    loaded.first_fetched_at,
    loaded.document_fetched_at
)
union
select
    source_id,
    listing_date
from staging.document
where is_feed
group by source_id, document_id, listing_date, fetched_at
having count(*) > 1;

-- Grain: one row per listing of the second documents of days; is_alone: the main one does not list it.
create or replace temp table companion_key as
with companion as (
    select
        listing.listing_key,
        listing.source_id,
        listing.listing_date,
        document.document
    from staging.listing as listing
    join current_document as document using (document_id, listing_date, sha256)
    where listing.document_id <> listing.source_id
),

main as (
    select listing.listing_key
    from staging.listing as listing
    semi join current_document using (document_id, listing_date, sha256)
    semi join companion using (source_id, listing_date)
    where listing.document_id = listing.source_id
)

select
    *,
    listing_key not in (select main.listing_key from main) as is_alone
from companion;

-- Grain: one row per listing of the current pages. What the main document lists is told by it; its position is a row of
-- that. A view, so that the texts of all listings are never in memory together.
create or replace temp view current_listing as
select
    listing.* exclude (position),
    case when listing.document_id = listing.source_id then listing.position end as position,
    coalesce('markdown' in (document.document, companion.document), false) as is_in_markdown,
    coalesce('json' in (document.document, companion.document), false) as is_in_json
from staging.listing as listing
join current_document as document using (document_id, listing_date, sha256)
left join companion_key as companion using (listing_key)
where listing.document_id = listing.source_id or companion.is_alone;

create or replace temp view current_link as
select
    listing_link.*,
    lower(target) as repository_name
from staging.listing_link as listing_link
semi join current_document using (document_id, listing_date, sha256)
where
    document_id = source_id
    or listing_key in (
        select listing_key from companion_key
        where is_alone
    );

-- Grain: one row per listing and UTC day on which its feed showed it: the last look of that day.
create or replace temp table current_sighting as
select
    listing_key,
    date_key(observed_at::date) as date_key,
    observed_at,
    upvotes_count,
    comments_count,
    position,
    stars_count
from staging.sighting
semi join (
    select listing_key
    from staging.listing
    semi join current_document using (document_id, listing_date, sha256)
) as listing using (listing_key)
qualify
    row_number() over (
        partition by listing_key, observed_at::date
        order by observed_at desc, position, upvotes_count, comments_count, stars_count
    ) = 1;

-- Grain: one row per listing that was seen since, or is seen no more.
create or replace temp table scope_sighting as
select distinct listing_key
from current_sighting
full join fct_listing_day using (listing_key, date_key)
where current_sighting.observed_at is distinct from fct_listing_day.observed_at;

-- Grain: one row per answer that the star does not know yet, of whatever time: an older one may come after a newer. Of
-- several answers in the same microsecond nobody can tell which ones the star knows, so these are always among them.
create or replace temp table scope_attempt as
select
    service,
    subject_id,
    outcome,
    exchange_id
from staging.attempt
anti join enrichment_attempt using (service, subject_id, attempted_at, outcome)
union
select
    service,
    subject_id,
    outcome,
    exchange_id
from staging.attempt
semi join (
    select
        service,
        subject_id,
        attempted_at
    from staging.attempt
    group by service, subject_id, attempted_at
    having count(*) > 1
) as at_once using (service, subject_id, attempted_at);

-- Grain: one row per paper of a day in scope, or with a new answer from arXiv or DataCite.
create or replace temp table scope_paper as
select paper_key from current_listing semi join scope_day using (source_id, listing_date)
union
select paper_key
from fct_listing
join dim_source using (source_key)
semi join scope_day using (source_id, listing_date)
union
select paper_key(subject_id) as paper_key
from scope_attempt
where service in ('arxiv', 'datacite') and outcome in ('found', 'not_found', 'rejected');

-- Grain: one row per paper of a day in scope, or with new counts of citations.
create or replace temp table scope_citation as
select paper_key from scope_paper
union
select paper_key(subject_id) as paper_key
from scope_attempt
where service = 'semantic_scholar' and outcome = 'found';

-- Grain: one row per link of a listing to a repository: the one that the name meant on the day of the listing. Periods
-- of a name follow each other without a gap, so at most one holds.
create or replace temp table resolved_link as
select
    link.listing_key,
    coalesce(period.repository_id, key_of(link.repository_name)) as repository_key,
    link.repository_name,
    link.position,
    link.url
from (
    from current_link
    where kind = 'repository'
) as link
left join current_period as period
    on
        link.repository_name = period.repository_name
        and link.listing_date + interval 1 day >= period.joins_from
        and (period.valid_to is null or link.listing_date + interval 1 day < period.valid_to);

-- Grain: one row per name and time of a linked repository, also for its names without a link. A repository that took a
-- name over, and that no listing meant, has no rows of its own: next_repository_id is all that is said of it.
create or replace temp table name_now as
with linked as (
    select distinct repository_name from current_link
    where kind = 'repository'
),

-- A linked name without an answer stands for itself until there is one.
unanswered as (
    select
        repository_name,
        key_of(repository_name) as repository_key
    from linked
    anti join current_period using (repository_name)
),

period as (
    select
        repository_name,
        repository_id as repository_key,
        valid_from,
        valid_to,
        next_repository_id
    from current_period
    where repository_id in (select repository_key from resolved_link)
    union all
    select
        repository_name,
        repository_key,
        null::timestamp as valid_from,
        null::timestamp as valid_to,
        null::bigint as next_repository_id
    from unanswered
)

select
    period.repository_name,
    period.repository_key,
    period.valid_from,
    period.valid_to,
    period.next_repository_id,
    linked.repository_name is not null as is_linked,
    coalesce(answer.last_answer, case when period.valid_from is null then 'pending' else 'found' end) as last_answer,
    coalesce(answer.last_answer_at, period.valid_from) as last_answer_at
from period
left join linked using (repository_name)
left join answered_repository as answer using (repository_name);

-- Grain: one row per name and repository that differ between star and staging.
create or replace temp table scope_name as
select
    repository_name,
    repository_key
from (
    from name_now
    except
    from dim_repository_name
)
union
select
    repository_name,
    repository_key
from (
    from dim_repository_name
    except
    from name_now
);

-- Grain: one row per listing and site that it links to, with what GitHub last said of the repository of that name.
create or replace temp table current_site as
with site as (
    select
        listing_key,
        lower(target) as site,
        min(kind) as kind,
        arg_min(url, position) as url,
        count(*)::integer as link_count
    from current_link
    where kind in ('project_page', 'other_code', 'other_artefact')
    group by all
),

tried as (
    select
        *,
        tried_repository(site) as repository_name
    from site
)

select
    tried.listing_key,
    tried.site,
    split_part(tried.site, '/', 1) as host,
    tried.kind,
    tried.url,
    tried.link_count,
    tried.repository_name,
    answer.last_answer as repository_status,
    meaning.repository_id
from tried
left join answered_repository as answer using (repository_name)
left join (
    select
        repository_name,
        repository_id
    from current_period
    where valid_to is null
) as meaning
    on tried.repository_name = meaning.repository_name and answer.last_answer = 'found';

-- Grain: one row per listing to replace: of a day or paper in scope, or with a link that now leads elsewhere.
create or replace temp table scope_listing as
select listing_key from scope_sighting
union
select listing_key from current_listing semi join scope_day using (source_id, listing_date)
union
select listing_key from current_listing semi join scope_paper using (paper_key)
union
select listing_key
from fct_listing
join dim_source using (source_key)
semi join scope_day using (source_id, listing_date)
union
select listing_key from fct_listing semi join scope_paper using (paper_key)
union
select listing_key from (
    (select distinct
        listing_key,
        repository_key
    from resolved_link)
    except
    (select
        listing_key,
        repository_key
    from bridge_listing_repository)
)
union
select listing_key from (
    (select
        listing_key,
        repository_key
    from bridge_listing_repository)
    except
    (select
        listing_key,
        repository_key
    from resolved_link)
)
union
select listing_key from (
    from current_site
    except
    from listing_site
)
union
select listing_key from (
    from listing_site
    except
    from current_site
);

-- Members that the replaced rows point to. Dimensions drop those without any row left.
create or replace temp table scope_repository as
select repository_key from scope_name
union
select repository_id as repository_key
from staging.repository
semi join scope_attempt using (exchange_id)
where repository_id is not null
union
select repository_id as repository_key
from staging.star_week
semi join scope_attempt using (exchange_id)
union
select repository_key from bridge_listing_repository semi join scope_listing using (listing_key)
union
select repository_key from resolved_link semi join scope_listing using (listing_key);

-- Grain: one row per answer that describes a repository in scope; of those of the same microsecond, one. What an answer
-- does not tell, such as releases by REST or what lies below an error of GraphQL, is as it was told last.
create or replace temp view told_repository as
with answer as (
    select *
    from staging.repository
    where status = 'found' and repository_id in (from scope_repository)
    qualify row_number() over (partition by repository_id, observed_at order by exchange_id desc, name_asked) = 1
)

select
    * exclude (
        description,
        homepage,
        language,
        license_spdx,
        topics,
        default_branch,
        is_archived,
        parent_full_name,
        latest_release_tag,
        latest_release_at
    ),
    last_value(
        case when list_contains(untold, 'description') then null else { 'told': description } end
        ignore nulls
    ) over (partition by repository_id order by observed_at).told as description,
    last_value(
        case when list_contains(untold, 'homepage') then null else { 'told': homepage } end
        ignore nulls
    ) over (partition by repository_id order by observed_at).told as homepage,
    last_value(
        case when list_contains(untold, 'language') then null else { 'told': language } end
        ignore nulls
    ) over (partition by repository_id order by observed_at).told as language,
    last_value(
        case when list_contains(untold, 'license_spdx') then null else { 'told': license_spdx } end
        ignore nulls
    ) over (partition by repository_id order by observed_at).told as license_spdx,
    last_value(
        case when list_contains(untold, 'topics') then null else { 'told': topics } end
        ignore nulls
    ) over (partition by repository_id order by observed_at).told as topics,
    last_value(
        case when list_contains(untold, 'default_branch') then null else { 'told': default_branch } end
        ignore nulls
    ) over (partition by repository_id order by observed_at).told as default_branch,
    last_value(
        case when list_contains(untold, 'is_archived') then null else { 'told': is_archived } end
        ignore nulls
    ) over (partition by repository_id order by observed_at).told as is_archived,
    last_value(
        case when list_contains(untold, 'parent_full_name') then null else { 'told': parent_full_name } end
        ignore nulls
    ) over (partition by repository_id order by observed_at).told as parent_full_name,
    last_value(
        case when list_contains(untold, 'latest_release_tag') then null else { 'told': latest_release_tag } end
        ignore nulls
    ) over (partition by repository_id order by observed_at).told as latest_release_tag,
    last_value(
        case when list_contains(untold, 'latest_release_at') then null else { 'told': latest_release_at } end
        ignore nulls
    ) over (partition by repository_id order by observed_at).told as latest_release_at
from answer;

create or replace temp table scope_author as
select author_key from bridge_listing_author semi join scope_listing using (listing_key)
union
select author_key from bridge_paper_author semi join scope_paper using (paper_key);

create or replace temp table scope_task as
select distinct task_key from bridge_listing_task semi join scope_listing using (listing_key);

create or replace temp table scope_category as
select distinct category_key from bridge_paper_category semi join scope_paper using (paper_key);

-- A resource is spelled as in its first link, so a new link puts it in scope too, and so does an answer.
create or replace temp table scope_hub_answer as
select key_of(subject_id) as hub_resource_key
from scope_attempt
where service = 'hub' and outcome in ('found', 'not_public')
union
select hub_resource_key from bridge_listing_hub_resource semi join scope_listing using (listing_key)
union
select hub_resource_key(kind, target) as hub_resource_key
from current_link
semi join scope_listing using (listing_key)
where kind in ('model', 'dataset', 'space', 'collection', 'account');

-- Grain: one row per paper of a day in scope, or with a new page at Hugging Face, or that a resource in scope names or
-- named.
create or replace temp table scope_hub_paper as
select paper_key from scope_paper
union
select paper_key(subject_id) as paper_key
from scope_attempt
where service = 'hub_paper' and outcome = 'found'
union
select paper_key from bridge_paper_hub_resource semi join scope_hub_answer using (hub_resource_key)
union
select paper_key
from hub_connection
where key_of(lower(resource_named)) in (from scope_hub_answer);

-- Resources that a paper in scope is or was connected with are in scope as well: they may be known from there alone.
create or replace temp table scope_hub_resource as
select hub_resource_key from scope_hub_answer
union
select hub_resource_key from bridge_paper_hub_resource semi join scope_hub_paper using (paper_key)
union
select key_of(lower(resource_named)) as hub_resource_key
from hub_connection
semi join scope_hub_paper using (paper_key);

-- Grain: one row per kind of thing to replace. No row means that star and staging agree and nothing needs to be loaded.
create or replace temp table scope as
select 'day' as kind from scope_day
union
select 'paper' from scope_paper
union
select 'name' from scope_name
union
select 'listing' from scope_listing
union
select 'repository' from scope_repository
union
select 'hub resource' from scope_hub_resource
union
select 'hub paper' from scope_hub_paper
union
select 'citation' from scope_citation;

-- Whether anything is replaced: what is judged as a whole is judged again then.
create or replace temp view scope_any as
select count(*) > 0 as is_any from scope;
