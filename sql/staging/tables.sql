-- What the raw files say, taken apart: append-only, in any order, no row twice. Deleted, it comes back from raw/.
create table if not exists staging.raw_file (
    file varchar not null -- name of a raw file whose exchanges are all below
);

create table if not exists staging.exchange (
    exchange_id varchar not null, -- the same for the same answer, whichever file holds it
    service varchar not null,
    asked varchar[] not null,
    round integer not null,
    url varchar not null,
    method varchar not null,
    status integer,
    headers varchar not null,
    fetched_at timestamp not null,
    error varchar,
    sha256 varchar,
    size_bytes bigint
);

-- An answer to the question for a source's page of a day.
create table if not exists staging.document (
    exchange_id varchar not null,
    source_id varchar not null,
    listing_date date not null,
    fetched_at timestamp not null,
    sha256 varchar, -- of a page in staging.page; null without
    outcome varchar, -- absent, failed, or null: the page says, or nothing is settled yet
    reason varchar
);

-- A page's content, once for each day and sha256.
create table if not exists staging.page (
    source_id varchar not null,
    listing_date date not null,
    sha256 varchar not null,
    blob_sha varchar not null, -- git's name for the same bytes
    size_bytes bigint not null,
    outcome varchar not null, -- published, empty, failed
    reason varchar,
    heading_date date,
    header varchar,
    unknown_columns varchar[],
    missing_columns varchar[],
    row_count integer not null,
    listing_count integer not null,
    rejected_count integer not null
);

create table if not exists staging.listing (
    source_id varchar not null,
    listing_date date not null,
    sha256 varchar not null,
    listing_key bigint not null,
    paper_key bigint not null,
    position integer not null,
    line integer not null,
    arxiv_id varchar not null,
    title varchar not null,
    summary varchar,
    authors varchar[] not null,
    tasks varchar[] not null,
    extra varchar
);

create table if not exists staging.listing_link (
    source_id varchar not null,
    listing_date date not null,
    sha256 varchar not null,
    listing_key bigint not null,
    column_name varchar not null,
    position integer not null,
    url varchar not null,
    kind varchar,
    target varchar,
    reason varchar
);

create table if not exists staging.rejected_row (
    source_id varchar not null,
    listing_date date not null,
    sha256 varchar not null,
    line integer not null,
    reason varchar not null,
    text varchar not null
);

-- arXiv's entry for a paper, each time it answered.
create table if not exists staging.paper (
    exchange_id varchar not null,
    arxiv_id varchar not null,
    version integer not null,
    title varchar not null,
    abstract varchar,
    primary_category varchar,
    submitted_at timestamp,
    updated_at timestamp,
    doi varchar,
    journal_ref varchar,
    comment varchar,
    is_withdrawn boolean not null,
    authors struct(name varchar, affiliations varchar[])[] not null,
    categories varchar[] not null,
    observed_at timestamp not null
);

-- GitHub's answer for a name, each time it said something definite.
create table if not exists staging.repository (
    exchange_id varchar not null,
    name_asked varchar not null,
    repository_id bigint,
    full_name varchar,
    owner varchar,
    name varchar,
    description varchar,
    homepage varchar,
    language varchar,
    license_spdx varchar,
    topics varchar[],
    default_branch varchar,
    is_archived boolean,
    is_disabled boolean,
    is_fork boolean,
    created_at timestamp,
    pushed_at timestamp,
    stars_count bigint,
    forks_count bigint,
    open_issues_count bigint,
    watchers_count bigint,
    size_kilobytes bigint,
    status varchar not null,
    observed_at timestamp not null,
    method varchar
);

create table if not exists staging.attempt (
    exchange_id varchar not null,
    service varchar not null,
    subject_id varchar not null,
    attempted_at timestamp not null,
    outcome varchar not null,
    http_status integer
);
