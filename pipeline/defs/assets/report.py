"""The HTML report, made from the published file."""

from typing import Any

import dagster as dg

from pipeline.defs.assets.owners import OWNERS
from pipeline.defs.resources import Session


@dg.asset(
    group_name="publish",
    deps=["published_warehouse"],
    kinds={"html"},
    owners=OWNERS,
    # For a file that is published without it; runs of both leave nothing to do. report_sensor looks, once it is on.
    automation_condition=dg.AutomationCondition.eager(),
)
def report(session: Session) -> dg.MaterializeResult[Any]:
    """Grain: one page, report.html beside papers.duckdb: the newest day's papers, rising repositories, trends of tasks,
    coverage. Opens from disk, without the network. Rerun: the same page if nothing changed. `papers report` writes one
    for any other day or week.
    """
    warehouse = session.warehouse
    page, published = warehouse.folder / "report.html", warehouse.fetch_published()
    # Drawing takes two seconds: an unchanged file needs no new page.
    if not page.is_file() or page.stat().st_mtime_ns <= published.resolve().parent.stat().st_mtime_ns:
        from pipeline.site.report import write_report  # noqa: PLC0415  brings Jinja

        write_report(published, page)
    return dg.MaterializeResult(
        metadata={
            "page": dg.MetadataValue.path(str(page)),
            "open": dg.MetadataValue.url(page.as_uri()),
            "calendar of every day": dg.MetadataValue.url(f"{page.as_uri()}#history"),
            "size bytes": page.stat().st_size,
        }
    )
