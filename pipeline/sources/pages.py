"""A document of a day: its id, its address, git's name for its bytes, and its content. Pure."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date

from pipeline.core.errors import PageError
from pipeline.sources.markup.texts import printable
from pipeline.sources.paths import path_of
from pipeline.sources.plugins import is_a
from pipeline.sources.reading import Page
from pipeline.sources.registry import find_source
from pipeline.sources.source import Document, GitArchive, Source

ABSENCES = (404, 410)  # of a page, where its archive is there
LONGEST_FAULT = 200  # characters of a format's own error that are shown
SUBJECT = re.compile(r"(?P<document_id>[^/]+/[^/]+(?:/[a-z]+)?)/(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})")

DocumentDay = tuple[str, date]  # the id of a document, and the day


def document_id(source: Source, document: Document) -> str:
    """Return the id of a document: that of its source for the main one, `owner/name/json` for another."""
    return source.source_id if document == source.documents[0] else f"{source.source_id}/{document.name}"


def find_document(document_id: str) -> tuple[Source, Document]:
    """Return a document by its id, with its source; the main one of a source that has no such document any more."""
    owner, name, *rest = document_id.split("/")
    source = find_source(f"{owner}/{name}")
    return source, source.find_document(rest[0] if rest else None) or source.documents[0]


def subject_of(document_id: str, day: date) -> str:
    """Return the subject of a document, as in Exchange.asked: `owner/name/YYYY-MM-DD`."""
    return f"{document_id}/{day:%Y-%m-%d}"


def read_subject(subject: str) -> DocumentDay | None:
    """Return what a subject means; None for anything but a document's."""
    match = SUBJECT.fullmatch(subject)
    try:
        return (match["document_id"], date.fromisoformat(match["day"])) if match else None
    except ValueError:
        return None


def branch_of(source: Source) -> str:
    """Return the branch of a source's pages; main if it is no git archive."""
    return source.place.branch if isinstance(source.place, GitArchive) else "main"


def page_url(base_url: str, source: Source, day: date, document: Document | None = None) -> str:
    path = path_of((document or source.documents[0]).path, day)
    return f"{base_url}/{source.source_id}/{branch_of(source)}/{path}"


def blob_sha(body: bytes) -> str:
    """Return git's SHA-1 for a file of these bytes: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects."""
    return hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()


def blob_name(body: bytes, promised: str | None) -> str:
    """Return git's name for a file of these bytes: a SHA-256 where one is promised, else a SHA-1."""
    is_long = promised is not None and len(promised) == 64
    return hashlib.sha256(b"blob %d\0" % len(body) + body).hexdigest() if is_long else blob_sha(body)


def promised_blob(headers: Mapping[str, str]) -> str | None:
    """Return the SHA that the archive's listing gave for the page, stored with the headers; None without a listing."""
    return headers.get("x-blob-sha")


def verify_page(body: bytes, promised: str | None, document: Document, day: date) -> Page:
    """Return the page in these bytes.

    Raises PageError if they are not a page in the document's format, or not the one that was listed.
    """
    if promised not in (None, blob_name(body, promised)):
        raise PageError(f"its bytes differ from the archive's listing (blob {promised})")
    return read_page(document, [body], day, whole=promised is not None)


def read_page(document: Document, bodies: Sequence[bytes], day: date, *, whole: bool) -> Page:
    """Return what a document's format reads in these bodies.

    Raises PageError if they are not that day in it, and also if the format itself fails: it may be anybody's code.
    """
    try:
        page = document.format.read(bodies, whole=whole)
    except PageError:
        raise
    except Exception as error:
        fault = printable(f"{type(error).__name__}: {error}")[:LONGEST_FAULT]
        raise PageError(f"reading it fails: {fault}") from error
    if not is_a(page, Page):
        raise PageError(f"reading it gives {type(page).__name__}, and no page")
    others = [stated for stated in page.stated if stated != day]
    if 2 * len(others) > len(page.stated):
        count = f"{len(others)} of the {len(page.stated)} papers that say theirs"
        raise PageError(f"the list of another day: {count} are not of it, but of {max(others)}")
    return page
