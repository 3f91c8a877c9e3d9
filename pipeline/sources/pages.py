"""The sources of daily pages, where a page of a day stands, and the pages of a clone on this machine."""

import hashlib
from collections.abc import Mapping
from datetime import date

from pipeline.core.errors import PageError
from pipeline.sources.layouts.markdown import read_page


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
