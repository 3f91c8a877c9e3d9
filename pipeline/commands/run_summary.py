"""Summarise a run in a few lines for the person who started it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pipeline.commands.job import Outcome
from pipeline.core.settings import Settings
from pipeline.core.wording import amount_of
from pipeline.read.status.silence import read_spoken
from pipeline.sources.registry import choose_sources
from pipeline.warehouse.checks import CHECKS, sentence_of
from pipeline.warehouse.reports import read_warnings

RECENT = timedelta(days=1)  # of the last day of a run that is told of silent sources: a backfill is about other days
SERVICES = {
    "arxiv_papers": "arXiv",
    "datacite_papers": "DataCite",
    "github_repositories": "GitHub",
    "github_star_history": "star history",
    "hub_resources": "Hugging Face",
    "hub_papers": "papers at Hugging Face",
    "semantic_scholar_papers": "Semantic Scholar",
}


def summarise(
    outcome: Outcome, settings: Settings, silences: Mapping[str, str] | None = None, warnings: Iterable[str] = ()
) -> Iterator[str]:
    """Yield the lines: pages and rows, what each source has, days that needed no look, services, warnings, the file.

    `silences`: by source a sentence to add, such as since when it is silent; `warnings`: whole lines.
    """
    documents = outcome.metadata.get("documents")
    listings = outcome.metadata.get("listings")
    if documents and listings:
        yield (
            f"pages: {amount_of(documents['requests'], 'request')}; the days asked for have "
            f"{amount_of(listings['listings'], 'listing')}, {amount_of(listings['rejected rows'], 'rejected row')}"
        )
        for source_id, text in listings["sources"].items():
            added = (silences or {}).get(source_id)
            yield f"  {source_id}: {text}{f'; {added}' if added else ''}"
        yield from (f"  {reason}" for reason in [*documents["not asked"], *documents["ways that failed"]])
    for asset, title in SERVICES.items():
        if asset in outcome.metadata:
            yield summarise_service(title, outcome.metadata[asset])
    yield from warnings
    published = outcome.metadata.get("published_warehouse")
    if published:
        news = "nothing changed, still" if published["release"] == "unchanged" else "published"
        yield f"{news} {settings.warehouse_dir / 'papers.duckdb'} ({published['size bytes'] / 1e6:.1f} MB)"


def tell_silences(settings: Settings, last: date, now: datetime) -> dict[str, str]:
    """Return by source since when it is silent, or that it speaks again; of a run up to a day long past, nothing."""
    if now.date() - last > RECENT:
        return {}
    spoken = read_spoken(settings.warehouse_dir / "papers.duckdb", choose_sources(settings.sources), now.date())
    silences = {source_id: silence.sentence for source_id, silence in spoken.find_silences(now.date()).items()}
    return silences | spoken.find_returns()


def tell_warnings(settings: Settings, began_at: datetime) -> Iterator[str]:
    """Yield a line for each warning that began in a run, one for all that last, and one for those that are over."""
    lasting, ended = read_warnings(settings.warehouse_dir / "private")
    began = began_at.isoformat(timespec="seconds")
    old = {name: found for name, found in lasting.items() if found["since"] < began}
    for name, found in lasting.items():
        if name not in old and name in CHECKS:
            yield f"warning: {sentence_of(name, found['rows'], found['first'])}"
    if old:
        named = [f"{name} since {found['since'][:10]} ({found['rows']:,})" for name, found in old.items()]
        yield f"warnings as before: {', '.join(named)}; `papers status` says what they are"
    if over := [name for name, at in ended.items() if at >= began]:
        yield f"no longer a warning: {', '.join(over)}"


def summarise_service(title: str, metadata: Mapping[str, Any]) -> str:
    if not metadata["due"]:
        return f"{title}: nothing was due"
    requests = amount_of(metadata["requests"], "request")
    text = f"{title}: {metadata['answered']:,} of {metadata['due']:,} due answered in {requests}"
    if metadata["deferred"]:
        text += f"; {metadata['deferred']:,} deferred: {metadata['why deferred']}"
        if "go on at" in metadata:
            text += f" (until {datetime.fromtimestamp(metadata['go on at'], UTC):%Y-%m-%d %H:%M} UTC)"
    return text
