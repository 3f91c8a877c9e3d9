"""Where each column comes from, as the files of sql/load/ say in lines like `-- title <- staging.listing.title`.

Dagster keeps it as column lineage; its own pages show that only in Dagster+, so that the columns say it in words too.
A column without a line comes of more than is worth a name: how rows lie to each other, or a rule in the SQL.
tests/warehouse/test_lineage.py changes each column on the right, and looks whether the one on the left follows.
"""

import re
from collections.abc import Iterator

import dagster as dg

from pipeline.core import sql_files

# Which assets fill a staging table.
STAGED = {
    "document": ("listings",),
    "page": ("listings",),
    "listing": ("listings",),
    "listing_link": ("listings",),
    "rejected_row": ("listings",),
    "paper": ("arxiv_papers",),
    "repository": ("github_repositories",),
    "attempt": ("arxiv_papers", "github_repositories"),
}
LINE = re.compile(r"^-- (?P<column>\w+) <- (?P<sources>[\w., ]+)$", re.MULTILINE)
STAGING_TABLE = re.compile(r"create table if not exists staging\.(\w+) \(\n(.*?)\n\);", re.DOTALL)
STAGING_COLUMN = re.compile(r"^    (?P<name>\w+) (?P<type>.+?)(?: not null)?,?(?: -- (?P<comment>.+))?$", re.MULTILINE)


def sources(table: str) -> dict[str, tuple[str, ...]]:
    """Return by column what it comes from, each as `staging.<table>.<column>` or `<table of the star>.<column>`."""
    found = LINE.finditer(sql_files.read_sql("load", table))
    return {line["column"]: tuple(line["sources"].split(", ")) for line in found}


def lineage(table: str) -> dg.TableColumnLineage:
    """Return a table's lineage for Dagster; columns of staging are `<table>.<column>` of the asset that fills them."""
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(dg.AssetKey(asset), name) for text in texts for asset, name in upstream(text)]
            for column, texts in sources(table).items()
        }
    )


def upstream(source: str) -> Iterator[tuple[str, str]]:
    """Yield the assets that have a source, and its name there."""
    table, _, column = source.removeprefix("staging.").rpartition(".")
    if source.startswith("staging."):
        yield from ((asset, f"{table}.{column}") for asset in STAGED[table])
    else:
        yield table, column


def schema(table: str) -> dg.TableSchema:
    """Return a table's columns with their meaning, as sql/schema/ declares them, and what they come from."""
    known = sources(table)
    return dg.TableSchema(
        [
            dg.TableColumn(name, kind, description=f"{text}{describe_sources(known.get(name, ()))}")
            for name, (kind, text) in sql_files.columns(table).items()
        ]
    )


def describe_sources(texts: tuple[str, ...]) -> str:
    names = ", ".join(f"`{text}`" for text in texts)
    return f" ← {names}" if names else ""


def staged_schema(asset: str) -> dg.TableSchema:
    """Return the columns of the staging tables that an asset fills."""
    tables = [table for table, assets in STAGED.items() if asset in assets]
    columns = {table: text for table, text in STAGING_TABLE.findall(sql_files.read_sql("staging", "tables"))}
    return dg.TableSchema(
        [
            dg.TableColumn(f"{table}.{column['name']}", column["type"], description=column["comment"])
            for table in tables
            for column in STAGING_COLUMN.finditer(columns[table])
        ]
    )
