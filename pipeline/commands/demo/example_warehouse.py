"""A warehouse built from the invented demo archive at two fixed times: the same rows wherever and whenever."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from pipeline.core.settings import Settings, read_settings
from pipeline.http.client import Web
from pipeline.services.arxiv.client import fetch_papers
from pipeline.services.github.client import fetch_repositories
from pipeline.services.github.star_pages import fetch_star_history
from pipeline.services.hub import client as hub
from pipeline.services.hub.client import fetch_resources
from pipeline.services.semantic_scholar.client import fetch_citations
from pipeline.sources import registry
from pipeline.sources.fetch import fetch_documents
from pipeline.sources.fetching import Fetching
from pipeline.sources.stored import Stored
from pipeline.standin import DEMO, Standin
from pipeline.warehouse.folder import Warehouse

FIRST_DAY = date(2025, 2, 24)
# Two runs a week apart, so that stars change.
RUNS = (datetime(2025, 3, 14, 13, tzinfo=UTC), datetime(2025, 3, 21, 13, tzinfo=UTC))


@contextmanager
def demo_sources() -> Generator[None]:
    """Leave in the registry those of which the demo archive has pages: the example is the same with a source more."""
    known = registry.SOURCES
    shown = (source for source in known if (DEMO / "archive" / source.source_id).is_dir())
    registry.SOURCES = tuple(replace(source, last_date=None) for source in shown)  # none had ended by then
    try:
        yield
    finally:
        registry.SOURCES = known


@demo_sources()
def make_example(folder: Path) -> Warehouse:
    """Fill and publish a warehouse in `folder` from stand-ins on loopback, with a fixed clock."""
    warehouse = Warehouse(folder)
    first = FIRST_DAY
    for now in RUNS:
        with Standin(now=lambda now=now: now) as standin:
            standin.github.drift_days = (now - RUNS[0]).days
            standin.allow(5000, "anonymous")
            settings = read_settings({**standin.environment, "WAREHOUSE_DIR": str(folder)}, dotenv=folder / "none")
            run_once(warehouse, settings, first, now)
        first = now.date() + timedelta(days=1)
    warehouse.refresh()
    warehouse.publish()
    return warehouse


def run_once(warehouse: Warehouse, settings: Settings, first: date, now: datetime) -> None:
    """Fetch what a run fetches: pages from `first` to the day of `now`, then what is due."""
    store = warehouse.raw.store
    days = [first + timedelta(days=n) for n in range((now.date() - first).days + 1)]
    with Web(now=lambda: now) as web:
        fetch_documents(Fetching(settings, web, Stored(), store), days)
        warehouse.load_raw()
        due = {"now": now.replace(tzinfo=None)}
        papers = [row[0] for row in warehouse.rows("due", "papers", due)]
        fetch_papers(web, settings.arxiv_api_url, papers, interval_seconds=0, store=store)
        names = [row[0] for row in warehouse.rows("due", "repositories", due)]
        fetch_repositories(web, settings.github_api_url, names, token=None, store=store)
        subjects = [row[0] for row in warehouse.rows("due", "hub_resources", due)]
        fetch_resources(web, settings.hf_api_url, subjects, token=None, store=store)
        pages = [row[0] for row in warehouse.rows("due", "hub_papers", due)]
        hub.fetch_papers(web, settings.hf_api_url, pages, token=None, store=store)
        warehouse.load_raw()
        pages = [row[0] for row in warehouse.rows("due", "star_history", due)]
        fetch_star_history(web, settings.github_api_url, pages, token=None, store=store)
        cited = [row[0] for row in warehouse.rows("due", "citations", due)]
        fetch_citations(web, settings.semantic_scholar_api_url, cited, key=None, store=store)
