"""The sources of daily pages, where a page of a day stands, and the pages of a clone on this machine."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipeline.errors import PageError
from pipeline.exchange import Exchange
from pipeline.markdown import read_page

HELD_LIMIT_BYTES = 16 * 1024 * 1024  # a page has 10 to 60 KB; more is not a page


@dataclass(frozen=True)
class Source:
    """A repository that publishes one markdown page a day."""

    source_id: str  # owner/name on GitHub
    url: str
    licence: str  # SPDX
    first_date: date  # no page is asked for before it


SOURCES = (
    Source("gabrielchua/daily-ai-papers", "https://github.com/gabrielchua/daily-ai-papers", "MIT", date(2024, 9, 5)),
    Source("timlrx/daily-ai-papers", "https://github.com/timlrx/daily-ai-papers", "MIT", date(2024, 9, 27)),
)


def subject_of(source_id: str, day: date) -> str:
    """Name the question for a page, as in Exchange.asked: `owner/name/YYYY-MM-DD`."""
    return f"{source_id}/{day:%Y-%m-%d}"


def page_url(base_url: str, source_id: str, day: date) -> str:
    return f"{base_url}/{source_id}/main/archive/{day:%Y/%m/%d}.md"


def blob_sha(body: bytes) -> str:
    """Return git's name for a file of these bytes (SHA-1): https://git-scm.com/book/en/v2/Git-Internals-Git-Objects."""
    return hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()


def promised_blob(headers: Mapping[str, str]) -> str | None:
    """Return git's name for the page in the archive's listing, noted beside the headers; None without a listing."""
    return headers.get("x-blob-sha")


def read_answer(body: bytes, promised: str | None) -> str:
    """Return the text of a page. Raises PageError for bytes that are none, or not those that a listing promised."""
    if promised not in (None, blob_sha(body)):
        raise PageError(f"its bytes are not those of the archive's listing (blob {promised})")
    return read_page(body, whole=promised is not None)


def is_page(exchange: Exchange) -> bool:
    """Whether an answer, taken by itself, is a page."""
    try:
        read_answer(exchange.body or b"", promised_blob(exchange.headers))
    except PageError:
        return False
    return True


def is_over(day: date, at: datetime) -> bool:
    """Whether no page of this day is to be expected any more at a time: the day is over (UTC), or a weekend's."""
    return at >= datetime.combine(day + timedelta(days=1), time(), UTC) or day.isoweekday() > 5


def clone_folder(base_url: str, source_id: str) -> Path:
    """Return where the years of a source's pages stand in the folder that a file URL names."""
    return Path(unquote(urlsplit(base_url).path)) / source_id / "main" / "archive"


def read_clone(base_url: str, source_id: str, day: date, now: datetime) -> Exchange:
    """Answer from a folder, like a server would: 404 where the archive is there and the page is not."""
    root = clone_folder(base_url, source_id)
    path = root / f"{day:%Y/%m/%d}.md"
    body, status, error = None, None, None
    try:
        if not root.is_dir():
            error = f"there is no folder {root}"
        elif not path.is_file():
            status = 404
        elif not path.resolve().is_relative_to(root.resolve()):
            error = f"{path} is a link that leads out of the archive"
        elif path.stat().st_size > HELD_LIMIT_BYTES:
            error = f"{path} has {path.stat().st_size} bytes; a page has some thousands"
        else:
            body, status = path.read_bytes(), 200
    except OSError as fault:
        error = f"{path} cannot be read: {fault.strerror}"
    url = page_url(base_url, source_id, day)
    return Exchange("archive", (subject_of(source_id, day),), 1, url, "FILE", status, {}, now, body, error)
