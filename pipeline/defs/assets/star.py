"""The star, a table an asset, and the file that readers open."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from pipeline.core import sql_files
from pipeline.core.markdown_table import as_table
from pipeline.defs.assets.days import OWNERS
from pipeline.defs.assets.lineage import lineage, schema, upstream
from pipeline.defs.resources import Session
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.tables import TABLES, describe_table

# Tables of which a trend says more than a number: the question of sql/status/, and the heads of its answer.
TRENDS = {
    "fct_listing": ("listings_by_week", ("week", "listings", "papers", "")),
    "fct_source_day": ("coverage_by_month", ("month", "source", "published", "empty", "absent", "failed", "listings")),
}


def star_specs() -> Iterator[dg.AssetSpec]:
    """One asset a table: its SQL says what it is and what it is made of."""
    for table in TABLES:
        yield dg.AssetSpec(
            table,
            deps=sorted(upstream(table)),
            description=describe_table(table),
            group_name="load",
            kinds={"duckdb", "sql"},
            owners=OWNERS,
            metadata={
                "dagster/column_schema": schema(table),
                "dagster/column_lineage": lineage(table),
                "dagster/table_name": f"main.{table}",
                "dagster/code_references": dg.CodeReferencesMetadataValue(
                    code_references=[
                        dg.LocalFileCodeReference(
                            file_path=str(sql_files.FOLDER / folder / f"{table}.sql"),
                            line_number=1,
                            label=f"sql/{folder}",
                        )
                        for folder in ("load", "schema")
                    ]
                ),
            },
        )


@dg.multi_asset(specs=list(star_specs()), name="star")
def star(context: dg.AssetExecutionContext, session: Session) -> Iterator[dg.MaterializeResult[Any]]:
    """Bring the star up to date with everything in raw/, all tables in one transaction of the private file."""
    session.warehouse.refresh()
    trends = read_trends(session.warehouse)
    previews = session.warehouse.preview()
    for table, (count, preview) in previews.items():
        metadata: dict[str, Any] = {"dagster/row_count": count, "preview": dg.MetadataValue.md(preview)}
        if table in trends:
            metadata["trend"] = dg.MetadataValue.md(trends[table])
        yield dg.MaterializeResult(asset_key=table, metadata=metadata)
    context.log.info(f"{previews['fct_listing'][0]:,} listings, {sum(count for count, _ in previews.values()):,} rows")


def read_trends(warehouse: Warehouse) -> dict[str, str]:
    """Return for some tables how they came to be what they are, as markdown."""
    return {table: as_table(heads, warehouse.rows("status", question)) for table, (question, heads) in TRENDS.items()}


@dg.asset(group_name="publish", deps=list(TABLES), kinds={"duckdb"}, owners=OWNERS)
def published_warehouse(context: dg.AssetExecutionContext, session: Session) -> dg.MaterializeResult[Any]:
    """Grain: one file, papers.duckdb, that readers open. Replaced in one atomic step after the checks have passed; an
    open reader keeps what it has. Rerun: no new file where nothing changed.
    """
    warehouse = session.warehouse
    warehouse.raw.bundle()
    warehouse.load_raw()
    generation = warehouse.publish()
    file = warehouse.published.resolve()
    context.log.info(f"{'published' if generation else 'nothing changed, still'} {file}")
    return dg.MaterializeResult(
        metadata={
            "file": dg.MetadataValue.path(str(warehouse.published)),
            "generation": generation.parent.name if generation else "unchanged",
            "published at": dg.MetadataValue.timestamp(datetime.fromtimestamp(file.parent.stat().st_mtime, UTC)),
            "size bytes": file.stat().st_size,
        }
    )
