"""Days of the real archives as their answers, without a request."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from pipeline.http.exchange import Exchange
from pipeline.sources import registry
from pipeline.sources.pages import subject_of


def answer_day(archives: Path, day: date) -> Iterator[Exchange]:
    """The pages of a day of the real archives, as their answers."""
    at = datetime(2025, 6, 1, tzinfo=UTC) + (day - date(2025, 1, 1))
    for source in registry.SOURCES:
        path = archives / source.source_id / "main" / "archive" / f"{day:%Y/%m/%d}.md"
        body = path.read_bytes() if path.is_file() else None
        subject, status = (subject_of(source.source_id, day),), 200 if body else 404
        yield Exchange("archive", subject, 1, "http://127.0.0.1:9", "GET", status, {}, at, body, None)


def real_days(archives: Path, first: date, last: date) -> list[list[Exchange]]:
    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    return [list(answer_day(archives, day)) for day in days]
