-- About: the content of the raw files. Rows are only added, in any order, and none twice. Deleted tables are rebuilt
-- from raw/.

create table if not exists staging.raw_file (
    file varchar not null -- name of a raw file that is loaded completely
);

create table if not exists staging.exchange (
    exchange_id varchar not null, -- the same for the same response, in whichever file it is
    service varchar not null, -- archive, feed, arxiv, datacite, github, hub, hub_paper or semantic_scholar
    asked varchar[] not null, -- what the request asked for: source and day, arXiv ids or names of repositories
    round integer not null, -- 1: first request; 2: second one in the same run, for what the first response lacked
    url varchar not null, -- without the token, which goes in a header
    method varchar not null, -- GET or POST
    status integer, -- HTTP status; null if no response came
    headers varchar not null, -- of the response, as JSON; those that we store
    fetched_at timestamp not null, -- when the response was complete, UTC
    error varchar, -- what happened instead of a response
    sha256 varchar, -- of the body
    size_bytes bigint -- of the body
);

-- What cannot be read or stored. It is tried again when the private files are rebuilt.
create table if not exists staging.put_aside (
    exchange_id varchar, -- the response; null for a row of a page
    part varchar not null, -- response for the whole of it, or the staging table that refused a row of it
    subject varchar not null, -- what it is about: source and day, arXiv id or name
    reason varchar not null -- why it cannot be read or stored
);

-- A response to a request for a document of a source and day; of an answer in several pages, the last one.
create table if not exists staging.document (
    exchange_id varchar not null, -- the response
    source_id varchar not null, -- whose page
    document_id varchar not null, -- which document of the source: its id for the main one, owner/name/json for another
    listing_date date not null, -- the day of the page
    is_feed boolean not null, -- an answer to a question, and no file
    fetched_at timestamp not null, -- when it came, UTC
    sha256 varchar, -- of a page in staging.page, or of listed bytes that are no page; null without
    outcome varchar, -- absent, failed, or null: see the page, or nothing is final yet
    reason varchar -- why it is absent or failed
);

-- The content of a page, once per day and sha256.
create table if not exists staging.page (
    source_id varchar not null, -- whose page
    document_id varchar not null, -- which document of the source: its id for the main one, owner/name/json for another
    listing_date date not null, -- the day in its path
    document varchar not null, -- markdown or json
    sha256 varchar not null, -- of its bytes; for a feed, of what makes it another page if it changes
    blob_sha varchar, -- git's name for the same bytes; null for a feed
    size_bytes bigint not null, -- of its bytes
    outcome varchar not null, -- published, empty, failed
    reason varchar, -- why it is empty or cannot be read
    heading_date date, -- the day in its heading
    header varchar, -- the header of each table as written, one per line
    unknown_columns varchar[], -- header cells with an unknown meaning
    missing_columns varchar[], -- columns of other pages that this one lacks
    row_count integer not null, -- rows of all tables
    listing_count integer not null, -- rows that are listings
    rejected_count integer not null -- rows that are no listings; staging.rejected_row has them
);

create table if not exists staging.listing (
    source_id varchar not null, -- whose page
    document_id varchar not null, -- which document of the source: its id for the main one, owner/name/json for another
    listing_date date not null, -- the day of the page
    sha256 varchar not null, -- of the page
    listing_key bigint not null, -- computed from source, day and arXiv id
    paper_key bigint not null, -- computed from the arXiv id
    position integer not null, -- of the row on its page, from 1
    line integer not null, -- on which the row begins, from 1
    arxiv_id varchar not null, -- canonical, without version
    title varchar not null, -- as the page has it, white space squeezed
    summary varchar, -- as the page has it
    authors varchar[] not null, -- names in the order of the page
    tasks varchar[] not null, -- labels in the order of the page
    extra varchar -- cells of unknown columns, as a JSON object
);

create table if not exists staging.listing_link (
    source_id varchar not null, -- whose page
    document_id varchar not null, -- which document of the source: its id for the main one, owner/name/json for another
    listing_date date not null, -- the day of the page
    sha256 varchar not null, -- of the page
    listing_key bigint not null, -- the listing that has the link
    column_name varchar not null, -- github or hugging_face: the column with the link
    position integer not null, -- of the link in the listing, from 1, those of the GitHub column first
    url varchar not null, -- as written
    kind varchar, -- repository, account, model, dataset, space, collection, project_page, other_code, other_artefact;
    -- null for a rejected link
    target varchar, -- owner/name, the account or the site; null for a rejected link
    is_kind_guessed boolean, -- the link does not say of which kind it is; null for a rejected link
    reason varchar, -- why it was rejected; null for another
    meant varchar -- the address that a rejected link may mean: a letter is wrong, or no host; null for most
);

create table if not exists staging.rejected_row (
    source_id varchar not null, -- whose page
    document_id varchar not null, -- which document of the source: its id for the main one, owner/name/json for another
    listing_date date not null, -- the day of the page
    sha256 varchar not null, -- of the page
    line integer not null, -- on which the row begins, from 1
    reason varchar not null, -- why it is no listing, as one word
    text varchar not null -- the row as read: HTML comments left out, [text][1] written with its address
);

-- What a feed showed of a listing, once per look. It moves after the day.
create table if not exists staging.sighting (
    source_id varchar not null, -- the feed
    document_id varchar not null, -- the same
    listing_date date not null, -- the day of the list
    observed_at timestamp not null, -- when the answer came, UTC
    listing_key bigint not null, -- computed from source, day and arXiv id
    arxiv_id varchar not null, -- canonical, without version
    position integer not null, -- in the order shown, from 1
    upvotes_count integer, -- as shown; null where it was not
    comments_count integer, -- as shown; null where it was not
    stars_count bigint, -- of the repository on GitHub, as the feed knew it; null where it was not shown
    extra varchar -- what has no column and may come later, as a JSON object
);

-- A repository that another than the list names for a listing, such as the paper's page on arXiv.
create table if not exists staging.witness (
    source_id varchar not null, -- whose page
    document_id varchar not null, -- which document of the source
    listing_date date not null, -- the day of the page
    sha256 varchar not null, -- of the page
    listing_key bigint not null, -- computed from source, day and arXiv id
    arxiv_id varchar not null, -- canonical, without version
    url varchar not null, -- as written
    kind varchar, -- repository; null for a rejected link
    target varchar, -- owner/name
    reason varchar -- why it was rejected
);

-- What a provider says of a paper, once per response: arXiv's entry, or the record of it at DataCite.
create table if not exists staging.paper (
    exchange_id varchar not null, -- the response
    service varchar not null, -- arxiv or datacite
    arxiv_id varchar not null, -- canonical, without version
    version integer, -- the current one at that time; null if the entry has none
    title varchar not null, -- as the provider has it
    abstract varchar, -- as the provider has it
    primary_category varchar, -- like cs.CL; null if the entry names none of arXiv's
    submitted_at timestamp not null, -- version 1, UTC
    updated_at timestamp not null, -- the newest version, UTC
    doi varchar, -- as its authors gave it; null from DataCite
    journal_ref varchar, -- as its authors gave it; null from DataCite
    comment varchar, -- as its authors gave it; from DataCite with their journal reference
    is_withdrawn boolean not null, -- its comment says so, or a date of DataCite
    licence varchar, -- like cc-by-4.0, or an address; null from arXiv
    version_times timestamp[], -- of each version, from 1; null from arXiv
    authors struct(name varchar, affiliations varchar[])[] not null, -- in order
    categories varchar[] not null, -- in order, the primary one included
    observed_at timestamp not null -- when the provider answered, UTC
);

-- The final answers of GitHub for a name.
create table if not exists staging.repository (
    exchange_id varchar not null, -- the response
    name_asked varchar not null, -- lower-case, as a page links to it
    repository_id bigint, -- GitHub's number, which stays the same after a rename
    full_name varchar, -- owner/name as GitHub has it now
    owner varchar, -- an account
    name varchar, -- without the owner
    description varchar, -- its owner's words
    homepage varchar, -- its owner's link
    language varchar, -- the main one, according to GitHub
    license_spdx varchar, -- SPDX id; NOASSERTION is a licence that GitHub cannot name
    topics varchar[], -- its owner's tags
    default_branch varchar, -- like main
    is_archived boolean, -- made read-only by its owner
    is_disabled boolean, -- disabled by GitHub
    archived_at timestamp, -- UTC; null also where the response does not tell
    is_fork boolean, -- made as a copy of another
    parent_full_name varchar, -- of a fork
    is_template boolean, -- made to be copied
    created_at timestamp, -- UTC
    pushed_at timestamp, -- the last push, UTC
    stars_count bigint, -- at that moment
    forks_count bigint, -- at that moment
    open_issues_count bigint, -- issues and pull requests at that moment
    watchers_count bigint, -- subscribers at that moment
    size_kilobytes bigint, -- according to GitHub
    releases_count bigint, -- at that moment; null where the response tells nothing of this and what follows
    latest_release_tag varchar, -- null without a release
    latest_release_at timestamp, -- UTC
    commits_count bigint, -- of the default branch
    last_commit_at timestamp, -- of the default branch, UTC
    languages struct("language" varchar, size_bytes bigint)[], -- the largest first, ten at most
    readme_bytes bigint, -- of README.md
    untold varchar[], -- the columns that are null since this answer does not tell of them: unknown, and not none
    status varchar not null, -- found, not_found or blocked
    observed_at timestamp not null, -- when GitHub answered, UTC
    method varchar -- rest or graphql
);

-- A week of GitHub's star history of a repository, once per response.
create table if not exists staging.star_week (
    exchange_id varchar not null, -- the response
    repository_id bigint not null, -- GitHub's number
    week date not null, -- its Sunday, in Los Angeles
    days integer[] not null, -- stars given on each of its seven days that still stood, Sunday first
    is_oldest boolean not null, -- the page is not full, and ends with it
    observed_at timestamp not null -- when GitHub answered, UTC
);

-- The final answers of Hugging Face for a model, data set or space.
create table if not exists staging.hub_resource (
    exchange_id varchar not null, -- the response
    resource_asked varchar not null, -- kind/owner/name in lower case, as a page links to it
    hub_id varchar, -- Hugging Face's id, which stays the same after a rename
    hub_name varchar, -- owner/name as Hugging Face has it now
    licence varchar, -- of its tags; null if none
    is_gated boolean, -- its files are given to those who ask
    is_disabled boolean, -- disabled by Hugging Face
    library varchar, -- like transformers; models only
    pipeline_task varchar, -- like text-generation; models only
    sdk varchar, -- like gradio; spaces only
    base_models varchar[], -- owner/name of the models that a model is made of, sorted; empty if none
    cited_arxiv_ids varchar[], -- papers that its card links to, sorted
    created_at timestamp, -- UTC; never before 2022-03-02
    modified_at timestamp, -- UTC
    downloads_30_days_count bigint, -- of the 30 days before that moment; null for a space
    downloads_all_time_count bigint, -- at that moment; null for a space
    likes_count bigint, -- at that moment
    status varchar not null, -- found or not_public
    observed_at timestamp not null -- when Hugging Face answered, UTC
);

-- Hugging Face's page of a paper, once per response that has one.
create table if not exists staging.hub_paper (
    exchange_id varchar not null, -- the response
    arxiv_id varchar not null, -- canonical, without version
    upvotes_count bigint, -- at that moment
    code_url varchar, -- the repository that the page names; null if none
    code_added_by varchar, -- user: a person named it; auto: matched by Hugging Face
    project_url varchar, -- null if none
    organisation varchar, -- account that the paper is shown under; null if none
    resources varchar[] not null, -- kind/owner/name that the page lists, as written there, sorted
    models_count bigint, -- all of them: a list may be cut
    datasets_count bigint, -- like models_count
    spaces_count bigint, -- like models_count
    observed_at timestamp not null -- when Hugging Face answered, UTC
);

-- The entry of Semantic Scholar for a paper, once per response.
create table if not exists staging.citation (
    exchange_id varchar not null, -- the response
    arxiv_id varchar not null, -- canonical, without version; the one that the entry itself names
    citation_count bigint not null, -- at that moment
    influential_citation_count bigint, -- at that moment
    authors struct(author_id varchar, name varchar)[], -- in the order of the entry
    observed_at timestamp not null -- when Semantic Scholar answered, UTC
);

create table if not exists staging.attempt (
    exchange_id varchar not null, -- the response, or the failed request
    service varchar not null, -- arxiv, datacite, github, star_history, hub, hub_paper or semantic_scholar
    subject_id varchar not null, -- an arXiv id, a repository's name, a resource as kind/owner/name, or GitHub's number
    -- and a page
    attempted_at timestamp not null, -- UTC
    outcome varchar not null, -- found, empty, not_found, blocked, rejected, or why there is no answer
    http_status integer -- null if no response came
);

create view if not exists staging.arxiv_attempt as
from staging.attempt
where service = 'arxiv';

create view if not exists staging.github_attempt as
from staging.attempt
where service = 'github';

create view if not exists staging.hub_attempt as
from staging.attempt
where service = 'hub';

create view if not exists staging.hub_paper_attempt as
from staging.attempt
where service = 'hub_paper';

create view if not exists staging.semantic_scholar_attempt as
from staging.attempt
where service = 'semantic_scholar';
