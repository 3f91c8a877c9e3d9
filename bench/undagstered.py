"""`python -m bench.undagstered FIRST LAST`: what a backfill does, called as functions, in a process without Dagster."""

import sys
from datetime import UTC, date, datetime, timedelta
from functools import partial

from pipeline.core.settings import Settings, read_settings
from pipeline.http.client import Web
from pipeline.services.arxiv.client import fetch_papers
from pipeline.services.datacite.client import fetch_records
from pipeline.services.github.client import fetch_repositories
from pipeline.services.github.star_pages import fetch_star_history
from pipeline.services.hub import client as hub
from pipeline.services.semantic_scholar.client import fetch_citations
from pipeline.sources.fetch import fetch_documents
from pipeline.sources.fetching import Fetching
from pipeline.warehouse import lock
from pipeline.warehouse.checks import CHECKS
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.stored import read_bodies, read_stored


def main(first: date, last: date) -> None:
    settings = read_settings()
    warehouse, web = Warehouse(settings.warehouse_dir), Web(settings.contact)
    with lock.hold(settings.warehouse_dir, "a benchmark"), warehouse.open():
        stored = read_stored(warehouse)
        store = partial(warehouse.raw.store, known=read_bodies(warehouse))
        days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
        fetch_documents(Fetching(settings, web, stored, store), days)
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
        ask_the_rest(settings, web, warehouse)
        warehouse.refresh()
        broken = [name for name, rows in warehouse.check().items() if rows and CHECKS[name].is_error]
        warehouse.raw.bundle()
        warehouse.load_raw()
        warehouse.publish()
    print(f"{len(days)} days, {len(ids)} papers, {len(names)} repositories; broken rules: {broken}")


def ask_the_rest(settings: Settings, web: Web, warehouse: Warehouse) -> None:
    """Ask DataCite, GitHub for stars, Hugging Face and Semantic Scholar, as a run does after arXiv and GitHub."""
    store = warehouse.raw.store
    fetch_records(web, settings.datacite_api_url, due(warehouse, "datacite"), known=(), store=store)
    pages, token = due(warehouse, "star_history"), settings.github_token
    fetch_star_history(web, settings.github_api_url, pages, token=token, store=store, idle=())
    hub.fetch_resources(
        web, settings.hf_api_url, due(warehouse, "hub_resources"), token=None, store=store, refuse=print
    )
    hub.fetch_papers(web, settings.hf_api_url, due(warehouse, "hub_papers"), token=None, store=store, refuse=print)
    fetch_citations(web, settings.semantic_scholar_api_url, due(warehouse, "citations"), key=None, store=store)


def due(warehouse: Warehouse, what: str) -> list[str]:
    warehouse.load_raw()
    return [row[0] for row in warehouse.rows("due", what, {"now": datetime.now(UTC).replace(tzinfo=None)})]


if __name__ == "__main__":
    main(date.fromisoformat(sys.argv[1]), date.fromisoformat(sys.argv[2]))
