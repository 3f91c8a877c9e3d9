"""`python -m bench.undagstered FIRST LAST`: what a backfill does, called as functions, in a process without Dagster."""

import sys
from datetime import UTC, date, datetime, timedelta

from pipeline.core import sql_files
from pipeline.core.settings import read_settings
from pipeline.http.client import Web
from pipeline.services.arxiv.client import fetch_papers
from pipeline.services.github.client import fetch_repositories
from pipeline.sources.fetch import Fetching, Held, fetch_documents
from pipeline.sources.pages import subject_of
from pipeline.warehouse import lock
from pipeline.warehouse.folder import Warehouse


def main(first: date, last: date) -> None:
    settings = read_settings()
    warehouse, web = Warehouse(settings.warehouse_dir), Web(settings.contact)
    with lock.hold(settings.warehouse_dir, "a benchmark"):
        warehouse.load_raw()
        rows = warehouse.rows("status", "held")
        blobs = {(row[0], row[1]): row[3] for row in rows if row[3] and row[2] != "failed"}
        absent = frozenset((row[0], row[1]) for row in rows if row[2] == "absent")
        known = frozenset((subject_of(row[0], row[1]), row[4]) for row in rows if row[4])
        days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
        held = Held(blobs, absent)
        fetch_documents(Fetching(settings, web, held, lambda *kept: warehouse.raw.store(*kept, held=known)), days)
        ids = due(warehouse, "papers")
        fetch_papers(
            web,
            settings.arxiv_api_url,
            ids,
            interval_seconds=settings.arxiv_interval_seconds,
            store=warehouse.raw.store,
        )
        names = due(warehouse, "repositories")
        fetch_repositories(web, settings.github_api_url, names, token=settings.github_token, store=warehouse.raw.store)
        warehouse.refresh()
        broken = [
            name for name, rows in warehouse.check().items() if rows and "error." in sql_files.describe("checks", name)
        ]
        warehouse.raw.bundle()
        warehouse.load_raw()
        warehouse.publish()
    print(f"{len(days)} days, {len(ids)} papers, {len(names)} repositories; broken rules: {broken}")


def due(warehouse: Warehouse, what: str) -> list[str]:
    warehouse.load_raw()
    return [row[0] for row in warehouse.rows("due", what, {"now": datetime.now(UTC).replace(tzinfo=None)})]


if __name__ == "__main__":
    main(date.fromisoformat(sys.argv[1]), date.fromisoformat(sys.argv[2]))
