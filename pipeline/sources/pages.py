"""A source's page of a day: its address, git's name for its bytes, and its content. Pure."""

import hashlib
from collections.abc import Mapping
from datetime import date

from pipeline.core.errors import PageError
from pipeline.sources.layouts.markdown import Page, read_page


def subject_of(source_id: str, day: date) -> str:
    """Return the subject of a page, as in Exchange.asked: `owner/name/YYYY-MM-DD`."""
    return f"{source_id}/{day:%Y-%m-%d}"


def page_url(base_url: str, source_id: str, day: date) -> str:
    return f"{base_url}/{source_id}/main/archive/{day:%Y/%m/%d}.md"


def blob_sha(body: bytes) -> str:
    """Return git's SHA-1 for a file of these bytes: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects."""
    return hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()


def promised_blob(headers: Mapping[str, str]) -> str | None:
    """Return the SHA that the archive's listing gave for the page, stored with the headers; None without a listing."""
    return headers.get("x-blob-sha")


def verify_page(body: bytes, promised: str | None) -> Page:
    """Return the page in these bytes. Raises PageError if they are not a page, or not the one that was listed."""
    if promised not in (None, blob_sha(body)):
        raise PageError(f"its bytes differ from the archive's listing (blob {promised})")
    return read_page(body, whole=promised is not None)
