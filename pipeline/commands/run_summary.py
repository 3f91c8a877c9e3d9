"""Summarise a run in a few lines for the person who started it."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pipeline.commands.job import Outcome
from pipeline.core.settings import Settings

SERVICES = {"arxiv_papers": "arXiv", "github_repositories": "GitHub"}


def summarise(outcome: Outcome, settings: Settings) -> Iterator[str]:
    """Yield the lines: pages and rows, requests and deferrals by service, warnings, and the published file."""
    documents = outcome.metadata.get("documents")
    listings = outcome.metadata.get("listings")
    if documents and listings:
        yield (
            f"pages: {documents['requests']} requests; the days asked for have "
            f"{listings['listings']:,} listings, {listings['rejected rows']:,} rejected rows"
        )
        yield from (f"  {reason}" for reason in documents["ways that failed"])
    for asset, title in SERVICES.items():
        if asset in outcome.metadata:
            yield summarise_service(title, outcome.metadata[asset])
    yield from (f"warning: {warning}" for warning in outcome.warnings)
    published = outcome.metadata.get("published_warehouse")
    if published:
        news = "nothing changed, still" if published["release"] == "unchanged" else "published"
        yield f"{news} {settings.warehouse_dir / 'papers.duckdb'} ({published['size bytes'] / 1e6:.1f} MB)"


def summarise_service(title: str, metadata: Mapping[str, Any]) -> str:
    if not metadata["due"]:
        return f"{title}: nothing was due"
    text = f"{title}: {metadata['answered']:,} of {metadata['due']:,} due answered in {metadata['requests']} requests"
    if metadata["deferred"]:
        text += f"; {metadata['deferred']:,} deferred: {metadata['why deferred']}"
        if "go on at" in metadata:
            text += f" (until {datetime.fromtimestamp(metadata['go on at'], UTC):%Y-%m-%d %H:%M} UTC)"
    return text
