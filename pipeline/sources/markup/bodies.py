"""Bytes into the text of a page. Pure."""

import re
from collections.abc import Sequence

from pipeline.core.errors import PageError
from pipeline.sources.markup.texts import excerpt

HTML = re.compile(r"\s*<(?:!doctype|html|head|\?xml)", re.IGNORECASE)
BEGINNING_BYTES = 4096
MOST_LINES = 200_000  # a day has some hundreds; each that could be a row costs half a kilobyte of memory


def single(bodies: Sequence[bytes]) -> bytes:
    """Return the only body of a file. Raises PageError if there are several."""
    if len(bodies) != 1:
        raise PageError(f"not a page: {len(bodies)} answers where one was expected")
    return bodies[0]


def is_html(body: bytes) -> bool:
    """Whether a body begins as HTML does."""
    return HTML.match(body[:BEGINNING_BYTES].decode("utf-8-sig", "replace")) is not None


def decode_page(body: bytes) -> str:
    """Return a body's text without byte order mark. Raises PageError if it is not UTF-8, or is HTML."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PageError(f"not a page: not UTF-8 at byte {error.start}") from None
    if HTML.match(text):
        raise PageError(f"not a page: HTML, {excerpt(text)}")
    return text


def limit_lines(text: str) -> None:
    """Raise PageError for a page with more lines than a day may have, however they end."""
    lines = text.count("\n") + text.count("\r") - text.count("\r\n")
    if lines > MOST_LINES:
        raise PageError(f"not a page: it has {lines} lines, and the most that a day may have are {MOST_LINES}")
