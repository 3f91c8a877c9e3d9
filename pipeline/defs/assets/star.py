"""The star, one asset per table, and the published file."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from pipeline.core import sql_files
from pipeline.core.markdown_table import as_table
from pipeline.defs.assets.days import DayEvent, partition_keys, tell_listings
from pipeline.defs.assets.lineage import lineage, schema, upstream
from pipeline.defs.assets.owners import OWNERS
from pipeline.defs.assets.sources import find_news, tell_news
from pipeline.defs.assets.standing import find_standing, may_leave_out, note_verdicts
from pipeline.defs.canary import BY_DAY
from pipeline.defs.resources import Session
from pipeline.sources.registry import SOURCES
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.tables import TABLES, describe_table

# Tables that also show a trend: the query of sql/status/, and the headings of its columns.
TRENDS = {
    "fct_listing": ("listings_by_week", ("week", "listings", "papers", "")),
    "fct_source_day": ("coverage_by_month", ("month", "source", "published", "empty", "absent", "failed", "listings")),
}
PLOTTED = {"papers": "paper", "repositories": "repository"}
CALENDAR = "fct_source_day"  # of which the last weeks are shown, a mark a day
WEEKS = ("seven weeks before", "six", "five", "four", "three", "two", "the week before", "newest week")
LEGEND = "From Monday on: ■ papers, ○ a page without papers, – no page, × failed, · not asked, … not yet"


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
    """Bring the star up to date with everything in raw/, all tables in one transaction of the private file. A table in
    which nothing changed is not written again, and keeps the materialization that it has.
    """
    session.warehouse.refresh()
    if verdicts := find_standing(context.op_execution_context, session):
        yield from (dg.MaterializeResult(asset_key=table, metadata=BY_DAY) for table in TABLES)
        context.log.info(f"Nothing has changed since the run {verdicts.run_id[:8]}")
        return
    trends = read_trends(session.warehouse)
    previews = session.warehouse.preview()
    metadata = {table: describe_rows(*rows, trends.get(table)) for table, rows in previews.items()}
    days = as_table(("source", *WEEKS), session.warehouse.rows("status", "calendar"))
    metadata[CALENDAR] = {**metadata[CALENDAR], "calendar": dg.MetadataValue.md(f"{days}\n\n{LEGEND}")}
    told = read_told(context) if may_leave_out(context.op_execution_context, session) else {}
    for table, described in metadata.items():
        is_told = table not in session.warehouse.changed and described.items() <= told.get(table, {}).items()
        yield dg.MaterializeResult(asset_key=table, metadata=BY_DAY if is_told else described)
    context.log.info(f"{previews['fct_listing'][0]:,} listings, {sum(count for count, _ in previews.values()):,} rows")


def describe_rows(count: int, preview: str, trend: str | None) -> Mapping[str, dg.MetadataValue[Any]]:
    """Return the metadata of a table."""
    shown = {"preview": preview} | ({"trend": trend} if trend else {})
    return {"dagster/row_count": dg.MetadataValue.int(count)} | {
        name: dg.MetadataValue.md(text) for name, text in shown.items()
    }


def read_told(context: dg.AssetExecutionContext) -> dict[str, Mapping[str, Any]]:
    """Return the metadata of the newest materialization of each table; none for a table without one."""
    newest = context.instance.get_latest_materialization_events([dg.AssetKey(table) for table in TABLES])
    return {
        key.to_user_string(): entry.asset_materialization.metadata
        for key, entry in newest.items()
        if entry is not None and entry.asset_materialization is not None
    }


def read_trends(warehouse: Warehouse) -> dict[str, str]:
    """Return the trends of some tables, as markdown, by table."""
    return {table: as_table(heads, warehouse.rows("status", question)) for table, (question, heads) in TRENDS.items()}


@dg.asset(group_name="publish", deps=list(TABLES), kinds={"duckdb"}, owners=OWNERS)
def published_warehouse(
    context: dg.AssetExecutionContext, session: Session
) -> Iterator[DayEvent | dg.MaterializeResult[Any]]:
    """Grain: one file, papers.duckdb, that readers open. Replaced in one atomic step after the checks have passed; an
    open reader keeps its release. The days of the run are told of here, as days of `listings`. Rerun: no new file where
    nothing changed.
    """
    warehouse = session.warehouse
    warehouse.raw.bundle()
    warehouse.load_raw()
    keys = partition_keys(context.op_execution_context)
    told = list(tell_listings(session, keys)) if keys else []
    sizes = describe_size(warehouse.count_rows())
    is_new = warehouse.find_release() is None  # else no day is newer than what was told with that release
    now = session.web.now()
    news = list(find_news(warehouse, context.instance, SOURCES, now)) if is_new else []
    release = warehouse.publish()
    note_verdicts(context.op_execution_context, session)
    yield from told
    yield from tell_news(context.instance, news, now)
    file = warehouse.published.resolve()
    context.log.info(f"{'published' if release else 'nothing changed, still'} {file}")
    yield dg.MaterializeResult(
        metadata={
            "file": dg.MetadataValue.path(str(warehouse.published)),
            "release": release.parent.name if release else "unchanged",
            "published at": dg.MetadataValue.timestamp(datetime.fromtimestamp(file.parent.stat().st_mtime, UTC)),
            "size bytes": file.stat().st_size,
            "seconds": round(session.seconds, 1),
            **sizes,
        }
    )


def describe_size(counts: Mapping[str, int]) -> dict[str, int]:
    """Return numbers of which the UI plots the growth: all rows, and papers and repositories without the unknown."""
    known = {name: max(counts[f"dim_{table}"] - 1, 0) for name, table in PLOTTED.items()}
    return {"rows": sum(counts.values()), **known}
