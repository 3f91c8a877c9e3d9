"""Which days are stored and not published yet, as after a run that was cancelled or failed a check.

Each run bundles its loose files right before it publishes. So what lies loose was not published; the next run loads it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.core.wording import amount_of
from pipeline.sources.pages import ABSENCES, find_document, read_subject
from pipeline.sources.stored import FINAL_OUTCOMES
from pipeline.warehouse.raw import Raw

COLUMNS = ["asked", "status", "fetched_at"]
REMEDY = "the next run publishes them"

Known = Mapping[tuple[str, date], str]  # published outcomes, by source and day


def read_unpublished(raw: Raw) -> dict[str, set[date]]:
    """Return by source the days with an answer that lies loose: a page, or that there is none; no failure."""
    days: dict[str, set[date]] = {}
    for asked, status, fetched_at in read_loose(raw):
        document_day = read_subject(asked[0] if asked else "")
        if document_day is None:
            continue
        source, _ = find_document(document_day[0])
        if status == 200 or (status in ABSENCES and source.is_over(document_day[1], fetched_at)):
            days.setdefault(source.source_id, set()).add(document_day[1])
    return dict(sorted(days.items()))


def read_loose(raw: Raw) -> Iterator[tuple[list[str], int | None, datetime]]:
    """Yield the loose responses, without their bodies. A file that cannot be read is the business of damage.py."""
    for path in sorted(raw.loose.glob("*.parquet")):
        try:
            yield from pl.read_parquet(path, columns=COLUMNS).select(COLUMNS).iter_rows()
        except (OSError, pl.exceptions.PolarsError):  # a run that goes on may also have bundled it by now
            continue


def leave_out_published(stored: Mapping[str, set[date]], known: Known) -> dict[str, list[date]]:
    """Return by source, in order, the days that readers do not have."""
    waiting = {
        source_id: sorted(day for day in days if known.get((source_id, day)) not in FINAL_OUTCOMES)
        for source_id, days in stored.items()
    }
    return {source_id: days for source_id, days in waiting.items() if days}


def note_unpublished(
    rows: Sequence[dict[str, Any]], stored: Mapping[str, set[date]], known: Known, today: date
) -> dict[str, list[str]]:
    """Return the same days as text. Rows of sql/status/sources.sql get theirs, and do not count them as missing."""
    waiting = leave_out_published(stored, known)
    for row in rows:
        mine, last = waiting.get(row["source_id"], []), row["ended_date"] or str(today)
        missed = [day for day in mine if row["first_date"] <= str(day) <= last and day < today]
        row["unpublished_dates"] = [str(day) for day in mine]
        if row["missing_count"] is not None:  # of a source of which nothing is published, nothing is missed
            row["missing_count"] -= sum((row["source_id"], day) not in known for day in missed)
    return {source_id: [str(day) for day in days] for source_id, days in waiting.items()}


def tell_unpublished(days: Sequence[str]) -> str:
    """Return `stored, not yet published: 2 days (2025-03-13 to 2025-03-14)`, and what to do; days in order."""
    shown = f"{amount_of(len(days), 'day')} ({days[0] if len(days) == 1 else f'{days[0]} to {days[-1]}'})"
    return f"stored, not yet published: {shown}; {REMEDY}"


def read_unpublished_only(folder: Path) -> dict[str, Any] | None:
    """Return the status of a warehouse of which days are stored and nothing is published yet; else None."""
    if (folder / "papers.duckdb").exists():
        return None
    stored = {source_id: sorted(map(str, days)) for source_id, days in read_unpublished(Raw(folder / "raw")).items()}
    return {"published": None, "unpublished": stored} if stored else None


def unpublished_text(status: Mapping[str, Any]) -> str:
    """Return the same in words."""
    waiting: Mapping[str, Sequence[str]] = status["unpublished"]
    lines = [f"{source_id}: {tell_unpublished(days)}" for source_id, days in waiting.items()]
    return "\n".join(["nothing is published yet", *lines])
