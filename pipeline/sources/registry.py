"""The sources of daily pages, and when a day is over."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

Told = Literal["labels", "code", "models"]  # models: and all else of Hugging Face


@dataclass(frozen=True)
class Source:
    """A repository that publishes one markdown page a day."""

    source_id: str  # owner/name on GitHub
    url: str
    licence: str  # SPDX
    first_date: date  # no earlier page is requested
    tells: tuple[Told, ...] = ()  # what a listing says there is or is not; of all else it says nothing


SOURCES = (
    Source("gabrielchua/daily-ai-papers", "https://github.com/gabrielchua/daily-ai-papers", "MIT", date(2024, 9, 5)),
    Source(
        "timlrx/daily-ai-papers",
        "https://github.com/timlrx/daily-ai-papers",
        "MIT",
        date(2024, 9, 27),
        tells=("labels", "code", "models"),
    ),
)


def first_day() -> date:
    """Return the day of the first page of any source: days begin with it."""
    return min(source.first_date for source in SOURCES)


def is_over(day: date, at: datetime) -> bool:
    """Whether a day has ended (UTC): until then its page may still come, at weekends too."""
    return at >= datetime.combine(day + timedelta(days=1), time(), UTC)
