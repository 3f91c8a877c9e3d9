"""`papers status`: what is stored, missing, pending, deferred or silent, by the published file and the last reports."""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

from pipeline.core import sql_files
from pipeline.core.files import size_of
from pipeline.core.home import dagster_home
from pipeline.core.terminal import one_line
from pipeline.core.wording import amount_of
from pipeline.read.query import Connection, from_the_future, open_published
from pipeline.read.status.silence import read_silences
from pipeline.sources.registry import choose_sources
from pipeline.sources.source import Source
from pipeline.sources.stored import Answer, memory_of, next_look
from pipeline.warehouse import lock
from pipeline.warehouse.checks import CHECKS, sentence_of
from pipeline.warehouse.intake import damage
from pipeline.warehouse.intake.unpublished import note_unpublished, read_unpublished, tell_unpublished, unpublished_text
from pipeline.warehouse.raw import Raw
from pipeline.warehouse.reports import read_put_aside, read_reports, read_warnings
from pipeline.warehouse.stored import by

CLOCK_REMEDY = "a clock was ahead: move the raw files of that time out of raw/, `papers rebuild`, `papers backfill`"
WITHOUT_TOKEN_AN_HOUR = 60
EXAMPLE_LENGTH = 120
SERVICES = {
    "arxiv": "arXiv",
    "datacite": "DataCite",
    "github": "GitHub",
    "star_history": "Star history",
    "hub": "Hugging Face",
    "hub_paper": "Papers at Hugging Face",
    "semantic_scholar": "Semantic Scholar",
}
HUB_A_WINDOW, HUB_WINDOW_MINUTES = 490, 5  # of 500 requests, some are for the lists of days
WINDOW_PAGES = 1.5  # of star history around a first listing, a repository
PAGES_A_SECOND, PAGES_AN_HOUR = 1.4, 30  # with a token; without one, half of the quota
WITH_TOKEN_A_SECOND = 2.5  # 20 a query, which with their commits takes about eight seconds


def read_status(
    folder: Path,
    now: datetime,
    *,
    sources: Sequence[Source] | None = None,
    has_token: bool,
    raw: Raw | None = None,
) -> dict[str, Any]:
    """Return the status as JSON values, also of sources that are stored and no longer chosen.

    `sources`: those whose pages are fetched, if not the default ones. `raw`: where raw files are, if not in the
    folder. Raises WarehouseError if nothing is published.
    """
    raw = raw or Raw(folder / "raw")
    published = folder / "papers.duckdb"
    sources = choose_sources(None) if sources is None else sources
    with open_published(published) as connection:
        published_at = datetime.fromtimestamp(published.resolve().parent.stat().st_mtime, UTC)

        def rows(name: str, parameters: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
            relation = connection.sql(sql_files.read_sql("status", name), params=dict(parameters or {}) or None)
            return [dict(zip(relation.columns, map(json_value, row), strict=True)) for row in relation.fetchall()]

        status: dict[str, Any] = {
            "published": str(published),
            "published_at": published_at.isoformat(timespec="seconds"),
            "sources": rows("sources", {"today": now.date()}),
            "enrichment": rows("enrichment"),
            "rejects": rows("rejects"),
            "from_the_future": from_the_future(connection),
        }
        waiting = find_unpublished(connection, raw, status["sources"], now)
        silences = read_silences(connection, now.date(), sources)
        due = read_next_looks(connection, sources, now)
    for source in status["sources"]:
        source_id = source["source_id"]
        source["is_chosen"] = source_id in due
        source |= {"next_look_at": due.get(source_id), "silence": silences.get(source_id)}
    return status | {
        "unpublished": waiting,
        "last_requests": read_reports(folder / "private"),
        "put_aside": read_put_aside(folder / "private"),
        "warnings": read_warnings(folder / "private")[0],
        "has_token": has_token,
        "sizes": read_sizes(folder, dagster_home()),
        "writer": lock.find_holder(folder),
        "damaged_raw_files": damage.find_damage(raw, folder / "private"),
        "is_raw_lost": not raw.files(),
    }


def find_unpublished(connection: Connection, raw: Raw, sources: Any, now: datetime) -> dict[str, list[str]]:
    """Return by source the days that are stored and not published; the rows of `sources` get theirs."""
    stored = read_unpublished(raw)
    days, today = {day for days in stored.values() for day in days}, now.date()
    between = by(now) | {"from_date": min(days, default=today), "to_date": max(days, default=today)}
    rows = connection.execute(sql_files.read_sql("status", "outcomes"), between).fetchall() if days else []
    return note_unpublished(sources, stored, {(source_id, day): found for day, source_id, found, _ in rows}, today)


def read_next_looks(connection: Connection, sources: Sequence[Source], now: datetime) -> dict[str, str]:
    """Return by source when a look may next bring something, by its own calendar; a moment that has passed is now."""
    days = by(now) | {"from_date": now.date() - max(map(memory_of, sources)), "to_date": now.date()}
    answers: dict[str, dict[date, Answer]] = {}
    for day, source_id, outcome, looked_at in connection.execute(
        sql_files.read_sql("status", "outcomes"), days
    ).fetchall():
        answers.setdefault(source_id, {})[day] = Answer(outcome, looked_at.replace(tzinfo=UTC))
    looks = {source.source_id: next_look(source, answers.get(source.source_id, {}), now) for source in sources}
    return {source_id: look.isoformat(timespec="seconds") for source_id, look in looks.items()}


def json_value(value: object) -> object:
    if isinstance(value, list):
        return [json_value(item) for item in cast(list[object], value)]
    return value if value is None or isinstance(value, int | float | str | bool) else str(value)


def status_text(status: Mapping[str, Any]) -> str:
    """Return the status in words, one line per source, service, reject, and whatever else a person should know."""
    if status["published"] is None:
        return unpublished_text(status)
    lines = [f"{status['published']}, published {status['published_at']}"]
    lines += [source_line(source) for source in status["sources"] if source["is_chosen"] or source["last_asked_date"]]
    lines += [service_line(service, title, status) for service, title in SERVICES.items()]
    lines += [reject_line(reject) for reject in status["rejects"]]
    lines += [f"{name} {why}: {damage.REMEDY}" for name, why in status["damaged_raw_files"].items()]
    lines += ["raw/ has no file: restore it from a backup"] if status["is_raw_lost"] else []
    lines += put_aside_lines(status["put_aside"])
    lines += warning_lines(status["warnings"])
    lines += [f"from the future: {told}; {CLOCK_REMEDY}" for told in status["from_the_future"]]
    lines.append(sizes_line(status["sizes"]))
    if status["writer"]:
        lines.append(f"being written by {status['writer']}")
    return "\n".join(lines)


def read_sizes(folder: Path, home: Path) -> dict[str, int]:
    """Return the bytes of each part of a warehouse, and of the history in Dagster's home; 0 for what is not there."""
    return {part: size_of(folder / part) for part in ("raw", "private", "published")} | {"history": size_of(home)}


def sizes_line(sizes: Mapping[str, int]) -> str:
    titles = {"raw": "raw/", "private": "private/", "published": "published/", "history": "Dagster's history"}
    return f"on disk: {', '.join(f'{title} {sizes[part] / 1e6:,.1f} MB' for part, title in titles.items())}"


def source_line(source: Mapping[str, Any]) -> str:
    text = (
        f"{source['source_id']}: {amount_of(source['listing_count'], 'listing')} on "
        f"{amount_of(source['published_count'], 'day')}, "
        f"{source['empty_count']} empty, {source['absent_count']} absent, {source['failed_count']} failed, "
        f"{source['missing_count']} not asked for since {source['first_date']}; "
        f"{amount_of(source['rejected_count'], 'row')} rejected; last page {source['last_page_date'] or 'never'}"
    )
    text += f"\n  {source['silence']}" if source["silence"] else ""
    text += f"\n  next look {next_look_text(source)}"
    text += f"\n  {tell_unpublished(source['unpublished_dates'])}" if source["unpublished_dates"] else ""
    failed: list[str] = source["failed_dates"] or []
    return text + (f"\n  failed: {', '.join(failed[:10])}{' …' if len(failed) > 10 else ''}" if failed else "")


def next_look_text(source: Mapping[str, Any]) -> str:
    if not source["is_chosen"]:
        return "none: SOURCES leaves it out"
    return f"from {datetime.fromisoformat(source['next_look_at']):%Y-%m-%d %H:%M} UTC"


def service_line(service: str, title: str, status: Mapping[str, Any]) -> str:
    counts = {row["status"]: row["subject_count"] for row in status["enrichment"] if row["service"] == service}
    answered = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items() if name != "pending")
    text = f"{title}: {answered or 'nothing known yet'}"
    instead = sum(row["datacite_count"] for row in status["enrichment"] if row["service"] == service)
    if instead:
        text += f" ({instead:,} of them told by DataCite, as arXiv is late)"
    pending = counts.get("pending", 0)
    if pending:
        text += f", {pending:,} waiting{estimate(service, pending, status['has_token'])}"
    return "\n  ".join([text, *deferred_line(status["last_requests"].get(service))])


def deferred_line(last: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield what the last requests to a service put off, and until when; nothing if they put nothing off."""
    if last and last["reason"]:
        until = f", until {last['until']}" if last["until"] else ""
        yield f"deferred {last['deferred']:,} at {last['at']}: {last['reason']}{until}"


def estimate(service: str, pending: int, has_token: bool) -> str:
    if service == "arxiv":
        return f" (about {math.ceil(pending / 100) * 5} s of requests)"
    if service in ("hub", "hub_paper"):
        return f" (about {math.ceil(pending / HUB_A_WINDOW) * HUB_WINDOW_MINUTES} min)"
    if service == "semantic_scholar":
        return f" (about {amount_of(math.ceil(pending / 500), 'request')})"
    if service == "datacite":
        return f" (about {amount_of(math.ceil(pending / 100), 'request')})"
    pages = pending * WINDOW_PAGES
    seconds, hours = (
        (pages / PAGES_A_SECOND, pages / PAGES_AN_HOUR)
        if service == "star_history"
        else (pending / WITH_TOKEN_A_SECOND, pending / WITHOUT_TOKEN_AN_HOUR)
    )
    with_token = f"{math.ceil(seconds)} s with a token"
    return f" (about {with_token})" if has_token else f" (about {math.ceil(hours)} h without a token, {with_token})"


def put_aside_lines(put_aside: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield how much is put aside, with the first of it, and how to see the rest."""
    if put_aside and put_aside["count"]:
        first = put_aside["first"][0]
        example = one_line(f"{first['subject']}: {first['reason']}")[:EXAMPLE_LENGTH]
        more = "`papers status --json` lists them; an upgrade or `papers rebuild` tries them again"
        what = amount_of(put_aside["count"], "response or row", "responses or rows")
        yield f"put aside: {what} that cannot be read or stored (such as {example}); {more}"


def warning_lines(warnings: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the last checks warn of, and since when."""
    for name, found in warnings.items():
        if name in CHECKS and name != "nothing_put_aside":  # which has its own line
            yield f"warning since {found['since'][:10]}: {sentence_of(name, found['rows'], found['first'])}"


def reject_line(reject: Mapping[str, Any]) -> str:
    example = " ".join(str(reject["example"]).split())
    return f"rejected {reject['kind']}s: {reject['reject_count']:,} {reject['reason']} (such as {example[:80]!r})"
