"""Lineage of the tables and columns of the star, as Dagster shows it.

Tables come from the SQL itself (warehouse/tables.py), columns from sql/lineage.csv, which `make docs` derives from the
SQL. Dagster shows column lineage only in Dagster+, so the descriptions of the columns show it too. A column that
counts rows has no lineage. tests/warehouse/test_lineage.py changes each source column, and checks that the column made
of it follows.
"""

import csv
from collections.abc import Iterator
from functools import cache

import dagster as dg

from pipeline.core import sql_files
from pipeline.warehouse.tables import TABLES, reads

# Which assets fill a staging table or view.
STAGED = {
    "staging.document": ("listings",),
    "staging.exchange": ("listings",),  # of pages: why they failed
    "staging.page": ("listings",),
    "staging.listing": ("listings",),
    "staging.listing_link": ("listings",),
    "staging.rejected_row": ("listings",),
    "staging.sighting": ("listings",),
    "staging.witness": ("listings",),
    "staging.paper": ("arxiv_papers", "datacite_papers"),
    "staging.repository": ("github_repositories",),
    "staging.star_week": ("github_star_history",),
    "staging.citation": ("semantic_scholar_papers",),
    "staging.hub_resource": ("hub_resources",),
    "staging.hub_paper": ("hub_papers",),
    "staging.attempt": (
        "arxiv_papers",
        "datacite_papers",
        "github_repositories",
        "github_star_history",
        "hub_resources",
        "hub_papers",
        "semantic_scholar_papers",
    ),
    "staging.arxiv_attempt": ("arxiv_papers",),
    "staging.github_attempt": ("github_repositories",),
    "staging.hub_attempt": ("hub_resources",),
    "staging.hub_paper_attempt": ("hub_papers",),
    "staging.semantic_scholar_attempt": ("semantic_scholar_papers",),
}


def upstream(table: str) -> set[str]:
    """Return the assets that a table depends on: other tables, and those that fill the staging tables it reads."""
    staged = STAGED | {name: (name,) for name in TABLES}
    return {asset for name in reads(table) for asset in staged[name]}


@cache
def sources() -> dict[str, dict[str, list[str]]]:
    """Return by table and column what it comes from, each as `staging.<table>.<column>` or `<table>.<column>`."""
    found: dict[str, dict[str, list[str]]] = {}
    with (sql_files.FOLDER / "lineage.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["table"], {}).setdefault(row["column"], []).append(row["source"])
    return found


def lineage(table: str) -> dg.TableColumnLineage:
    """Return a table's lineage for Dagster; columns of staging are `<table>.<column>` of the asset that fills them."""
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(dg.AssetKey(asset), name) for text in texts for asset, name in find(table, text)]
            for column, texts in sources().get(table, {}).items()
        }
    )


def find(table: str, source: str) -> Iterator[tuple[str, str]]:
    """Yield the upstream assets of a table that have a source column, and its name there."""
    name, _, column = source.rpartition(".")
    if name not in STAGED:
        yield name, column
    for asset in STAGED.get(name, ()):
        if asset in upstream(table):
            yield asset, f"{name.removeprefix('staging.')}.{column}"


def schema(table: str) -> dg.TableSchema:
    """Return a table's columns with their meaning, as sql/schema/ declares them, and what they come from."""
    known = sources().get(table, {})
    return dg.TableSchema(
        [
            dg.TableColumn(name, kind, description=f"{text}{describe_sources(known.get(name, []))}")
            for name, (kind, text) in sql_files.columns(table).items()
        ]
    )


def describe_sources(texts: list[str]) -> str:
    names = ", ".join(f"`{text}`" for text in texts)
    return f" ← {names}" if names else ""


def staged_schema(asset: str) -> dg.TableSchema:
    """Return the columns of the staging tables that an asset fills."""
    tables = sql_files.declared_columns(sql_files.read_sql("staging", "tables"))
    return dg.TableSchema(
        [
            dg.TableColumn(f"{table.removeprefix('staging.')}.{column}", kind, description=meaning or None)
            for table, columns in tables.items()
            if asset in STAGED.get(table, ())
            for column, (kind, meaning) in columns.items()
        ]
    )
