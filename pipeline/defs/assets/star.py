"""The star, one asset per table, and the published file."""

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

# Tables that also show a trend: the query of sql/status/, and the headings of its columns.
TRENDS = {
    "fct_listing": ("listings_by_week", ("week", "listings", "papers", "")),
    "fct_source_day": ("coverage_by_month", ("month", "source", "published", "empty", "absent", "failed", "listings")),
}


def star_specs() -> Iterator[dg.AssetSpec]:
    """Yield one asset per table, described by its SQL."""
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
    """Return the trends of some tables, as markdown, by table."""
    return {table: as_table(heads, warehouse.rows("status", question)) for table, (question, heads) in TRENDS.items()}


@dg.asset(group_name="publish", deps=list(TABLES), kinds={"duckdb"}, owners=OWNERS)
def published_warehouse(context: dg.AssetExecutionContext, session: Session) -> dg.MaterializeResult[Any]:
    """Grain: one file, papers.duckdb, that readers open. Replaced in one atomic step after the checks have passed; an
    open reader keeps its release. Rerun: no new file where nothing changed.
    """
    warehouse = session.warehouse
    warehouse.raw.bundle()
    warehouse.load_raw()
    release = warehouse.publish()
    file = warehouse.published.resolve()
    context.log.info(f"{'published' if release else 'nothing changed, still'} {file}")
    return dg.MaterializeResult(
        metadata={
            "file": dg.MetadataValue.path(str(warehouse.published)),
            "release": release.parent.name if release else "unchanged",
            "published at": dg.MetadataValue.timestamp(datetime.fromtimestamp(file.parent.stat().st_mtime, UTC)),
            "size bytes": file.stat().st_size,
        }
    )
