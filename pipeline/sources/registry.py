"""The sources of daily pages: all that are known, and those that are chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from pipeline.core.addresses import shown
from pipeline.core.errors import SettingError
from pipeline.sources.calendar import DAYS_OF_UTC, Calendar
from pipeline.sources.layouts.sections.descriptions import SUMMARIES, WATCH_DOG, SectionLayout

Told = Literal["labels", "code", "models"]  # models: and all else of Hugging Face
EARLIEST = date(1991, 8, 14)  # arXiv's first day


@dataclass(frozen=True)
class Source:
    """A git repository on GitHub that publishes one markdown page a day."""

    source_id: str  # owner/name on GitHub
    url: str
    licence: str  # SPDX
    first_date: date  # no earlier page is requested
    tells: tuple[Told, ...] = ()  # what a listing says there is or is not; of all else it says nothing
    branch: str = "main"
    path: str = "archive/%Y/%m/%d.md"  # of a day's page within the repository; see paths.py
    layout: SectionLayout | None = None  # how its pages write sections; None: they are pipe tables
    calendar: Calendar = DAYS_OF_UTC
    last_date: date | None = None  # of its last page, if it has ended: a day is still asked for, in case it comes back
    is_default: bool = True  # fetched unless SOURCES says otherwise

    def is_over(self, day: date, at: datetime) -> bool:
        """Whether a day has ended: until then its page may still come."""
        return self.calendar.is_over(day, at)


SOURCES = (
    Source(
        "gabrielchua/daily-ai-papers",
        "https://github.com/gabrielchua/daily-ai-papers",
        "MIT",
        date(2024, 9, 5),
        last_date=date(2025, 10, 30),
    ),
    Source(
        "timlrx/daily-ai-papers",
        "https://github.com/timlrx/daily-ai-papers",
        "MIT",
        date(2024, 9, 27),
        tells=("labels", "code", "models"),
        last_date=date(2025, 9, 26),
    ),
    Source(
        "joe0731/hf_paper_watch_dog",
        "https://github.com/joe0731/hf_paper_watch_dog",
        "MIT",
        date(2023, 5, 4),
        tells=("code",),
        path="papers/%Y/%m/%Y-%m-%d.md",
        layout=WATCH_DOG,
    ),
    Source(
        "chenin-wang/daily_huggingface_paper",
        "https://github.com/chenin-wang/daily_huggingface_paper",
        "MIT",
        date(2025, 9, 22),
        layout=SUMMARIES,
        is_default=False,
    ),
)


def find_source(source_id: str) -> Source:
    """Return a source by its id. One that nobody knows, or any more, has pages of tables at the usual path."""
    known = {source.source_id: source for source in SOURCES}
    return known.get(source_id) or Source(source_id, f"https://github.com/{source_id}", "NOASSERTION", EARLIEST)


def choose_sources(wanted: str | None) -> tuple[Source, ...]:
    """Return the sources of a comma list, or the default ones without it. Raises SettingError if one is unknown."""
    names = {name.strip() for name in (wanted or "").split(",")} - {""}
    if not names:
        return tuple(source for source in SOURCES if source.is_default)
    known = [source.source_id for source in SOURCES]
    if unknown := sorted(names - set(known)):
        raise SettingError(f"SOURCES names {shown(unknown[0])}, which is no source: there are {', '.join(known)}")
    return tuple(source for source in SOURCES if source.source_id in names)


def first_day(sources: Sequence[Source] | None = None) -> date:
    """Return the day of the first page of any source, of all that are known by default: days begin with it."""
    return min(source.first_date for source in (SOURCES if sources is None else sources))
