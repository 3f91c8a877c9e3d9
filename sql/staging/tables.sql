-- About: What the raw files say, taken apart: append-only, in any order, no row twice. Deleted, it comes back from
-- raw/.

create table if not exists staging.raw_file (
    file varchar not null -- name of a raw file whose exchanges are all below
);

create table if not exists staging.exchange (
    exchange_id varchar not null, -- the same for the same answer, whichever file holds it
    service varchar not null, -- archive, arxiv or github
    asked varchar[] not null, -- what was asked for: source and day, arXiv ids or names of repositories
    round integer not null, -- 1: asked; 2: asked again in the same run, since the first answer lacked it
    url varchar not null, -- without the token, which goes in a header
    method varchar not null, -- GET or POST
    status integer, -- HTTP status; null where no answer came
    headers varchar not null, -- of the answer, as JSON; those that are kept
    fetched_at timestamp not null, -- when the answer was there, UTC
    error varchar, -- what the wire did instead of answering
    sha256 varchar, -- of the body
    size_bytes bigint -- of the body
);

-- An answer to the question for a source's page of a day.
create table if not exists staging.document (
    exchange_id varchar not null, -- the answer
    source_id varchar not null, -- whose page
    listing_date date not null, -- the day of the page
    fetched_at timestamp not null, -- when it came, UTC
    sha256 varchar, -- of a page in staging.page; null without
    outcome varchar, -- absent, failed, or null: the page says, or nothing is settled yet
    reason varchar -- why it is absent or failed, in words
);

-- A page's content, once for each day and sha256.
create table if not exists staging.page (
    source_id varchar not null, -- whose page
    listing_date date not null, -- the day that its path names
    sha256 varchar not null, -- of its bytes
    blob_sha varchar not null, -- git's name for the same bytes
    size_bytes bigint not null, -- of its bytes
    outcome varchar not null, -- published, empty, failed
    reason varchar, -- why it is empty or cannot be read, in words
    heading_date date, -- the day that its heading names
    header varchar, -- the header of each table, a line each, as met
    unknown_columns varchar[], -- header cells whose meaning nobody knows
    missing_columns varchar[], -- columns that a page may have and this one lacks
    row_count integer not null, -- rows of all tables
    listing_count integer not null, -- rows that are listings
    rejected_count integer not null -- rows that are not, each in staging.rejected_row
);

create table if not exists staging.listing (
    source_id varchar not null, -- whose page
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
    listing_date date not null, -- the day of the page
    sha256 varchar not null, -- of the page
    listing_key bigint not null, -- the listing that has the link
    column_name varchar not null, -- github or hugging_face: the column with the link
    position integer not null, -- of the link in the listing, from 1, those of the GitHub column first
    url varchar not null, -- as written
    kind varchar, -- repository, account, model, dataset, space, collection; null for a rejected link
    target varchar, -- owner/name, or what stands for it
    reason varchar -- why it was rejected
);

create table if not exists staging.rejected_row (
    source_id varchar not null, -- whose page
    listing_date date not null, -- the day of the page
    sha256 varchar not null, -- of the page
    line integer not null, -- on which the row begins, from 1
    reason varchar not null, -- why it is no listing, as a word
    text varchar not null -- the row as it stands
);

-- arXiv's entry for a paper, each time it answered.
create table if not exists staging.paper (
    exchange_id varchar not null, -- the answer
    arxiv_id varchar not null, -- canonical, without version
    version integer not null, -- the newest at that time
    title varchar not null, -- arXiv's
    abstract varchar, -- arXiv's
    primary_category varchar, -- like cs.CL
    submitted_at timestamp, -- version 1, UTC
    updated_at timestamp, -- the newest version, UTC
    doi varchar, -- as its authors gave it
    journal_ref varchar, -- as its authors gave it
    comment varchar, -- as its authors gave it
    is_withdrawn boolean not null, -- its comment says so
    authors struct(name varchar, affiliations varchar[])[] not null, -- in order
    categories varchar[] not null, -- in order, the primary one included
    observed_at timestamp not null -- when arXiv said so, UTC
);

-- GitHub's answer for a name, each time it said something definite.
create table if not exists staging.repository (
    exchange_id varchar not null, -- the answer
    name_asked varchar not null, -- lower-case, as a page links to it
    repository_id bigint, -- GitHub's number, which outlives renames
    full_name varchar, -- owner/name as GitHub has it now
    owner varchar, -- an account
    name varchar, -- without the owner
    description varchar, -- its owner's words
    homepage varchar, -- its owner's link
    language varchar, -- the main one, as GitHub tells it
    license_spdx varchar, -- SPDX id; NOASSERTION: there is one that GitHub does not know
    topics varchar[], -- its owner's tags
    default_branch varchar, -- like main
    is_archived boolean, -- read-only by its owner's wish
    is_disabled boolean, -- by GitHub
    is_fork boolean, -- made as a copy of another
    created_at timestamp, -- UTC
    pushed_at timestamp, -- the last push, UTC
    stars_count bigint, -- at that moment
    forks_count bigint, -- at that moment
    open_issues_count bigint, -- issues and pull requests at that moment
    watchers_count bigint, -- subscribers at that moment
    size_kilobytes bigint, -- as GitHub tells it
    status varchar not null, -- found, not_found or blocked
    observed_at timestamp not null, -- when GitHub said so, UTC
    method varchar -- rest or graphql
);

create table if not exists staging.attempt (
    exchange_id varchar not null, -- the answer, or what came instead
    service varchar not null, -- arxiv or github
    subject_id varchar not null, -- an arXiv id or a repository's name
    attempted_at timestamp not null, -- UTC
    outcome varchar not null, -- found, not_found, blocked, rejected, or why nothing was learned
    http_status integer -- null where no answer came
);

create view if not exists staging.arxiv_attempt as
from staging.attempt
where service = 'arxiv';

create view if not exists staging.github_attempt as
from staging.attempt
where service = 'github';
