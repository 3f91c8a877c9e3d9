"""What tables and columns are said to be made of is what the SQL says, and it is true: a changed source shows."""

import csv
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from sql_lineage import FILE, read_columns, read_tables

from pipeline.core import sql_files
from pipeline.definitions import defs
from pipeline.defs.assets.lineage import sources
from pipeline.warehouse.build import insert_sources, prepare
from pipeline.warehouse.tables import TABLES, reads

Edge = tuple[str, str, str]  # table, column, source
Columns = dict[tuple[str, str], list[tuple[object, ...]]]

EDGES = [
    (table, column, source)
    for table, columns in sources().items()
    for column, texts in columns.items()
    for source in texts
]
# True by the SQL, and to be seen on no data.
NEVER_SEEN: dict[Edge, str] = {
    (
        "dim_repository",
        "replaced_by_repository_id",
        "dim_repository_name.valid_to",
    ): "asks only whether there is a time",
    ("bridge_paper_author", "paper_key", "staging.attempt.subject_id"): "only of papers that arXiv does not know",
    ("bridge_paper_category", "paper_key", "staging.attempt.subject_id"): "only of papers that arXiv does not know",
    ("dim_repository_name", "last_answer", "staging.repository.observed_at"): "asks only whether there is a time",
    ("fct_source_day", "reason", "staging.document.outcome"): "chooses only between two documents of a day",
    **{
        ("fct_source_day", column, "staging.document.outcome"): "asks only whether there is one, where bytes are lost"
        for column in ("document_sha256", "companion_sha256", "document_fetched_at")
    },
    ("fct_source_day", "companion_sha256", "staging.page.outcome"): "asks only whether there is one",
    **{
        ("dim_repository", column, "staging.repository.untold"): "no value that was told is named there in the demo"
        for column in (
            *("description", "homepage", "language", "license_spdx", "topics", "default_branch", "is_archived"),
            *("archived_at", "parent_full_name", "latest_release_tag", "latest_release_at"),
        )
    },
    **{
        ("dim_repository_version", column, "staging.repository.untold"): "no value that was told is named there"
        for column in (
            *("description", "language", "license_spdx", "topics", "is_archived", "parent_full_name"),
            "latest_release_tag",
        )
    },
    (
        "dim_repository",
        "latest_release_tag",
        "staging.repository.latest_release_tag",
    ): "REST, as in the demo, is untold",
    ("dim_repository", "latest_release_at", "staging.repository.latest_release_at"): "REST, as in the demo, is untold",
    (
        "dim_repository_version",
        "latest_release_tag",
        "staging.repository.latest_release_tag",
    ): "REST, as in the demo, is untold",
    ("bridge_paper_repository", "link_role", "dim_repository.description"): "names no paper in the demo",
    **{
        ("dim_hub_resource", column, "staging.hub_resource.resource_asked"): "a card connects what is known already"
        for column in ("hub_resource_key", "kind", "resource_id", "owner", "url")
    },
    **{
        ("fct_listing", "site_count", f"dim_source.{told}"): "either is enough, and no page of the demo tells only one"
        for told in ("lists_code", "lists_models")
    },
    ("bridge_paper_repository", "meant_repository_name", "dim_repository.full_name"): "no lost name is a letter off",
    **{
        ("bridge_paper_repository", column, source): "is evidence only where it names a paper, an author or an address"
        for column in ("link_role", "link_role_reasons")
        for source in (
            "bridge_listing_repository.repository_name",
            "dim_paper.abstract",
            "dim_paper.arxiv_id",
            "dim_paper.comment",
            "dim_repository.full_name",
            "dim_repository.homepage",
            "dim_repository.owner",
            "fct_listing.witness_repository_name",
        )
    },
    **{
        ("bridge_paper_repository", column, source): "asks only how many months apart two days are"
        for column in ("link_role", "link_role_reasons")
        for source in ("dim_paper.submitted_at", "fct_listing.listing_date")
    },
    **{
        edge: "asks only for its year" for edge in EDGES if edge[0] == "dim_date" and edge[2] == "dim_source.first_date"
    },
}
BY_SOURCE = {
    source: [edge[:2] for edge in EDGES if edge[2] == source and edge not in NEVER_SEEN]
    for source in sorted({edge[2] for edge in EDGES})
}
# Other values for each type; for what counts, one value for all, so that what was different is the same.
OTHER = {
    "VARCHAR": "'x' || coalesce({0}, '') || 'x'",
    "VARCHAR[]": "coalesce({0}, []) || ['x', 'authors', 'tasks', 'github', 'hugging_face']",  # also a page's columns
    'STRUCT("name" VARCHAR, affiliations VARCHAR[])[]': "list_append({0}, {{'name': 'x', 'affiliations': ['x']}})",
    'STRUCT("language" VARCHAR, size_bytes BIGINT)[]': "list_append({0}, {{'language': 'x', 'size_bytes': 7}})",
    'STRUCT(author_id VARCHAR, "name" VARCHAR)[]': "list_append({0}, {{'author_id': 'x', 'name': 'x'}})",
    "INTEGER": "coalesce({0}, 0) + 1",
    "BIGINT": "coalesce({0}, 0) + 1",
    "BOOLEAN": "not coalesce({0}, false)",
    "DATE": "{0} + 1",
    "TIMESTAMP": "coalesce({0}, timestamp '2020-01-01') + interval 40 day",
    "INTEGER[]": "list_transform({0}, lambda day: day + 1)",
    "TIMESTAMP[]": "coalesce({0}, []) || [timestamp '2020-01-01']",
}
SAME = "(select min({0}) from {1})"
IN_TEN_YEARS = "{0} + 100000"  # of a day as yyyymmdd
# What the demo, which is asked once and without a token, does not have: changed descriptions, a name that moved on, a
# repository now gone, what GraphQL alone tells, a paper that was revised, corrections that are not shown.
LATER = """
insert into staging.sighting by name
select source_id, document_id, listing_date, timestamp '2025-04-01 08:00' as observed_at, listing_key, arxiv_id, position,
    5 as upvotes_count, 1 as comments_count, 9 as stars_count, '{"a": "b"}' as extra
from staging.listing order by listing_key limit 1;

insert into staging.witness by name
select source_id, document_id, listing_date, sha256, listing_key, arxiv_id, 'https://github.com/a/b' as url,
    'repository' as kind, 'a/b' as target
from staging.listing order by listing_key limit 1;

update staging.listing set extra = '{"github_repo_added_by": "user"}'
where listing_key in (select listing_key from staging.listing_link where kind = 'repository');

-- A second document of a day, and a list of a feed that is empty after it was not.
insert into staging.page
select * replace (document_id || '/json' as document_id, 'json' as document)
from staging.page where outcome = 'published' order by listing_date desc, source_id limit 1;

insert into staging.document
select document.* replace (page.document_id as document_id, 'json ' || document.exchange_id as exchange_id)
from staging.document as document
join staging.page as page on page.document = 'json' and document.sha256 = page.sha256
where document.source_id = page.source_id and document.listing_date = page.listing_date
limit 1;

insert into staging.listing
select listing.* replace (page.document_id as document_id)
from staging.listing as listing
join staging.page as page on page.document = 'json' and listing.sha256 = page.sha256;

insert into staging.page
select * replace ('empty' as sha256, 'empty' as outcome, 0 as row_count, 0 as listing_count, 0 as rejected_count)
from staging.page where outcome = 'published' and document = 'markdown' order by listing_date offset 5 limit 1;

insert into staging.document
select document.* replace (
    'emptied ' || document.exchange_id as exchange_id,
    document.fetched_at + interval 1 day as fetched_at,
    page.sha256 as sha256,
    true as is_feed
)
from staging.document as document
join staging.page as page using (source_id, listing_date)
where page.sha256 = 'empty' and document.sha256 is not null;

update staging.document set is_feed = true
where (source_id, listing_date) in (select (source_id, listing_date) from staging.page where sha256 = 'empty');

insert into staging.repository
with first_found as (
    select *
    from staging.repository
    where status = 'found' and name_asked = lower(full_name)
)

select * replace ('again ' || exchange_id as exchange_id, 'Another' as description, observed_at + interval 1 day as observed_at)
from first_found
union all
select * replace (
    'detailed ' || exchange_id as exchange_id, 'graphql' as method, observed_at + interval 36 hour as observed_at,
    true as is_archived, timestamp '2025-01-01' as archived_at, 3 as releases_count, 'v3' as latest_release_tag,
    timestamp '2024-12-01' as latest_release_at, 40 as commits_count, timestamp '2024-12-31' as last_commit_at,
    [{'language': 'Python', 'size_bytes': 900}, {'language': 'Shell', 'size_bytes': 100}] as languages,
    2000 as readme_bytes
)
from first_found
union all
(
    select * replace ('moved ' || exchange_id as exchange_id, -1 as repository_id, observed_at + interval 2 day as observed_at)
    from first_found order by name_asked limit 1
)
union all
(
    select * replace ('gone ' || exchange_id as exchange_id, 'not_found' as status, observed_at + interval 2 day as observed_at)
    from first_found order by name_asked desc limit 1
)
union all
(
    select * replace (
        'z changed ' || exchange_id as exchange_id, 'Changed.' as description, observed_at + interval 1 day as observed_at
    )
    from first_found order by name_asked limit 1 offset 1
)
union all
(
    select * replace ('! changed back ' || exchange_id as exchange_id, observed_at + interval 2 day as observed_at)
    from first_found order by name_asked limit 1 offset 1
);

insert into staging.hub_resource
with first_found as (
    select *
    from staging.hub_resource
    where status = 'found' order by resource_asked limit 1
)

select * replace ('again ' || exchange_id as exchange_id, 'other' as licence, observed_at + interval 7 day as observed_at)
from first_found
union all
select * replace ('gone ' || exchange_id as exchange_id, 'not_public' as status, observed_at + interval 14 day as observed_at)
from first_found;

-- A later page of a paper with code, and a card that links to a paper.
insert into staging.hub_paper
select * replace (
    'later ' || exchange_id as exchange_id, 'https://github.com/a/b' as code_url, 'user' as code_added_by,
    'https://a.github.io' as project_url, 'lab' as organisation, ['model/lab/later'] as resources,
    observed_at + interval 7 day as observed_at
)
from staging.hub_paper order by arxiv_id limit 1;

insert into staging.hub_resource
select * replace (
    'cited ' || exchange_id as exchange_id, observed_at + interval 21 day as observed_at,
    [(select min(arxiv_id) from staging.hub_paper)] as cited_arxiv_ids
)
from staging.hub_resource where status = 'found' order by resource_asked limit 1;

-- A correction that cannot be read, and one that is listed and cannot be had.
insert into staging.page
select * replace (sha256 || '0' as sha256, 'failed' as outcome, 'no layout that is known' as reason)
from staging.page where outcome = 'published' order by listing_date, source_id limit 1;

insert into staging.document
select * replace (
    'unread ' || exchange_id as exchange_id, fetched_at + interval 1 day as fetched_at, sha256 || '0' as sha256
)
from staging.document semi join (from staging.page where outcome = 'failed') using (source_id, listing_date)
union all
(
    select * replace (
        'listed ' || exchange_id as exchange_id,
        fetched_at + interval 1 day as fetched_at,
        null as sha256,
        'failed' as outcome,
        'HTTP 404 for a page that the archive lists' as reason
    )
    from staging.document where sha256 is not null order by listing_date desc, source_id limit 1
);

insert into staging.exchange
select exchange.* replace (document.exchange_id as exchange_id, '{"x-blob-sha": "0"}' as headers)
from staging.document as document
join staging.exchange as exchange on document.exchange_id = 'listed ' || exchange.exchange_id;

insert into staging.paper
select * replace ('z revised ' || exchange_id as exchange_id, 'Revised' as title, observed_at + interval 1 day as observed_at)
from staging.paper where service = 'arxiv'
order by arxiv_id limit 1;
"""  # noqa: E501


@pytest.fixture(scope="module")
def star(demo_template: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demo's staging tables and an empty star in one database, so that one transaction can change both."""
    with duckdb.connect(config={"threads": 1}) as connection:  # a small star: more threads only wait for each other
        connection.execute(f"attach '{demo_template / 'private' / 'staging.duckdb'}' as template (read_only)")
        connection.execute("attach ':memory:' as build; use build; create schema staging")
        prepare(connection)
        for (table,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'staging'"
        ).fetchall():
            connection.execute(f"insert into staging.{table} from template.{table}")
        connection.execute(LATER)
        insert_sources(connection)
        yield connection


@pytest.fixture(scope="module")
def plain(star: duckdb.DuckDBPyConnection) -> Columns:
    """Every column of a star of which nothing was changed."""
    return load(star, None, "", [edge[:2] for edge in EDGES])


def load(star: duckdb.DuckDBPyConnection, source: str | None, value: str, wanted: list[tuple[str, str]]) -> Columns:
    """Load the star with one column of staging or of a table of the star changed; return the wanted columns, sorted."""
    where, _, column = (source or "").rpartition(".")
    change = f"update {where} set {column} = {value.format(column, where)}"
    star.execute("begin")
    try:
        if where.startswith("staging."):
            star.execute(change)
        star.execute(sql_files.read_sql("load", "scope"))
        for table in needed({table for table, _ in wanted}):
            star.execute(sql_files.read_sql("load", table))
            if table == where:
                star.execute(change)
        return {(t, c): star.execute(f"select {c} from {t} order by all").fetchall() for t, c in wanted}
    finally:
        star.execute("rollback")


def needed(wanted: Set[str]) -> list[str]:
    """Return these tables and those of the star that they read, in the order in which they are loaded."""
    found, more = wanted, wanted
    while more:
        more = {source for table in more for source in reads(table) & set(TABLES)} - found
        found |= more
    return [table for table in TABLES if table in found]


def unchanged(
    star: duckdb.DuckDBPyConnection, plain: Columns, source: str, left: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Return the columns that stay as they are, whatever stands in the source."""
    column = source.rpartition(".")[2]
    values = (OTHER[type_of(star, source)], SAME, *([IN_TEN_YEARS] if column == "date_key" else []))
    for value in values:
        if left:
            left = [edge for edge, rows in load(star, source, value, left).items() if rows == plain[edge]]
    return left


@pytest.mark.parametrize("source", [source for source, columns in BY_SOURCE.items() if columns])
def test_a_column_follows_what_it_is_said_to_come_from(
    star: duckdb.DuckDBPyConnection, plain: Columns, source: str
) -> None:
    still = unchanged(star, plain, source, BY_SOURCE[source])
    assert not still, (
        f"{still} do not follow {source}: correct the SQL and run `make docs`; if no data of the demo can show it, "
        "add the edge to NEVER_SEEN with the reason, or rows to LATER"
    )


@pytest.mark.parametrize("edge", NEVER_SEEN, ids=".".join)
def test_what_is_said_to_be_seen_on_no_data_is_in_the_lineage_and_not_seen(
    star: duckdb.DuckDBPyConnection, plain: Columns, edge: Edge
) -> None:
    assert edge in EDGES
    assert unchanged(star, plain, edge[2], [edge[:2]]) == [edge[:2]]


def type_of(star: duckdb.DuckDBPyConnection, source: str) -> str:
    table, _, column = source.rpartition(".")
    [kind] = [kind for name, kind, *_ in star.execute(f"describe {table}").fetchall() if name == column]
    return kind


def test_the_file_of_column_lineage_is_what_the_sql_says() -> None:
    with FILE.open(encoding="utf-8", newline="") as file:
        written = [tuple(row) for row in csv.reader(file)]
    assert written == [("table", "column", "source"), *read_columns()], "run `make docs`"


@pytest.mark.parametrize("table", TABLES)
def test_a_table_depends_on_what_its_sql_reads(table: str) -> None:
    assert reads(table) == read_tables()[table], (
        "pipeline/warehouse/tables.py finds other tables in this SQL than sqlglot: write plain `from` and `join`"
    )


def test_a_table_is_loaded_after_the_tables_that_it_reads() -> None:
    for place, table in enumerate(TABLES):
        assert read_tables()[table] & set(TABLES) <= set(TABLES[:place])


def test_dagster_knows_the_lineage_and_what_is_upstream_has_the_column() -> None:
    graph = defs.resolve_asset_graph()
    columns: dict[str, set[str]] = {}
    for key in graph.get_all_asset_keys():
        schema: dg.TableSchema = graph.get(key).metadata.get("dagster/column_schema", dg.TableSchema([]))
        columns[key.to_user_string()] = {column.name for column in schema.columns}
    edges = 0
    for table in TABLES:
        node = graph.get(dg.AssetKey(table))
        deps: Mapping[str, list[dg.TableColumnDep]] = node.metadata["dagster/column_lineage"].deps_by_column
        for dep in [dep for column in deps.values() for dep in column]:
            assert dep.column_name in columns[dep.asset_key.to_user_string()], (table, dep)
            assert dep.asset_key in node.parent_keys, (table, dep)
            edges += 1
    assert edges >= len(EDGES) > 100
