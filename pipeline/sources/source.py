"""What a source of daily papers is: where its days stand, how they are written, when they end. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from pipeline.core.settings import Settings
from pipeline.sources.calendar import DAYS_OF_UTC, Calendar
from pipeline.sources.layouts.markdown import PIPE_TABLES
from pipeline.sources.reading import Format

Told = Literal["labels", "code", "models", "abstracts", "upvotes"]  # models: and all else of Hugging Face


@dataclass(frozen=True)
class Document:
    """One way in which a source publishes a day."""

    name: Literal["markdown", "json"]
    path: str  # of a day's file within the repository; see paths.py
    format: Format


@dataclass(frozen=True)
class GitArchive:
    """A repository on GitHub with files for each day. Its name is the id of the source."""

    documents: tuple[Document, ...] = (Document("markdown", "archive/%Y/%m/%d.md", PIPE_TABLES),)
    branch: str = "main"


@dataclass(frozen=True)
class Feed:
    """A service that answers a day with JSON, in one or several pages."""

    format: Format
    base_url: Callable[[Settings], str]
    ask: Callable[[str, date], str]  # the address of a day's first page, from base_url
    token: Callable[[Settings], str | None] = lambda settings: None
    setting: str = "its token"  # the setting, for a person

    @property
    def documents(self) -> tuple[Document, ...]:
        """Return what it publishes of a day."""
        return (Document("json", "", self.format),)


@dataclass(frozen=True)
class Source:
    """Somebody who lists papers by day."""

    source_id: str  # owner/name
    url: str  # for people
    licence: str  # SPDX
    first_date: date  # no earlier day is requested
    place: GitArchive | Feed = GitArchive()
    tells: tuple[Told, ...] = ()  # what a listing says there is or is not; of all else it says nothing
    calendar: Calendar = DAYS_OF_UTC
    last_date: date | None = None  # of its last papers, if it has ended: it is asked for today all the same
    is_default: bool = True  # fetched unless SOURCES says otherwise

    @property
    def documents(self) -> tuple[Document, ...]:
        """Return the documents of a day, the main one first; without that a day has none of the others."""
        return self.place.documents

    def find_document(self, name: str | None) -> Document | None:
        """Return a document by name, the main one without a name; None if there is none."""
        named = (document for document in self.documents if name in (None, document.name))
        return next(named, None)

    def is_over(self, day: date, at: datetime) -> bool:
        """Whether a day has ended: until then its papers may still come."""
        return self.calendar.is_over(day, at)
