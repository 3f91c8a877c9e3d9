"""What a site is made with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

from pipeline.read.export import published_at

File = tuple[str, bytes]  # a path below the site's root, POSIX, as search/t-ab.json, and what is in it
Files = Iterator[File]


@dataclass(frozen=True)
class Options:
    """What is asked for.

    published: the file behind the link papers.duckdb. url: where the site will stand, without a slash at its end; None
    if that is not known. pages: at most so many papers get a page of their own, the newest; None for all. searches: by
    name the words of searches that get a feed.
    """

    published: Path
    url: str | None = None
    has_sql: bool = True
    pages: int | None = None
    searches: Mapping[str, str] = field(default_factory=dict[str, str])

    @cached_property
    def published_at(self) -> datetime:
        """When the file was published, UTC, as it was when this was first asked."""
        return published_at(self.published)
