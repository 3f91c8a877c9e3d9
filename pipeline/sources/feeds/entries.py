"""JSON of strangers: a body into the entries of its list, and values that can be stored. Pure."""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import cast

from pipeline.core.errors import PageError
from pipeline.core.json_text import load_json
from pipeline.sources.markup.bodies import decode_page
from pipeline.sources.markup.texts import FORBIDDEN, excerpt

MOST = 2**31 - 1  # a count above it is none
WRAPPING = "[](){}<>'\"` \t\n"
# Marks, perhaps with `and`, before what begins like an address; a line break within one has none behind it.
BETWEEN_ADDRESSES = re.compile(
    r"(?<![\s,;|\u3001\uff0c\uff1b])[\s,;|\u3001\uff0c\uff1b]+(?:(?:and|&|or)\s+)?"
    r"(?=[\[(<'\"`]{0,3}(?:[^\[\]()]{0,60}\]\s?\()?(?:(?:https?:)?//|(?:www\.)?(?:github\.com|huggingface\.co|hf\.co)/))",
    re.IGNORECASE,
)
MARKED = re.compile(r"\s*\[[^\[\]]*\]\s?\(\s*<?([^\s<>]+?)>?\s*\)\s*")
ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
UNPRINTED = re.compile(FORBIDDEN.replace(r"\x{fffe}\x{ffff}", "\ufffe\uffff"))


def load_entries(text: str) -> list[object]:
    """Return the entries of a JSON list. Raises PageError for anything else."""
    try:
        loaded = load_json(text)
    except ValueError:
        raise PageError(f"not a day's list: not JSON, {excerpt(text)}") from None
    if isinstance(loaded, dict):
        raise PageError(f"not a day's list: an object, {excerpt(text)}")
    if not isinstance(loaded, list):
        raise PageError(f"not a day's list: {excerpt(text)}")
    entries = cast("list[object]", loaded)
    if entries and all(isinstance(entry, str) for entry in entries):
        raise PageError(f"not a day's list: a list of texts, {excerpt(str(entries[0]))}")
    return entries


def read_entries(body: bytes) -> tuple[str, list[object]]:
    """Return a body's text and the entries of its JSON list. Raises PageError for anything else."""
    text = decode_page(body)
    return text, load_entries(text)


def read_day_of(value: object) -> date | None:
    """Return the day with which a moment in text begins, as in 2025-03-17T00:00:00.000Z; None for anything else."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def mapping(value: object) -> Mapping[str, object]:
    """Return an object; an empty one for anything else."""
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def sequence(value: object) -> list[object]:
    """Return a list; an empty one for anything else."""
    return cast("list[object]", value) if isinstance(value, list) else []


def items_of(value: object) -> list[object]:
    """Return a list; for anything else, one of that alone."""
    return cast("list[object]", value) if isinstance(value, list) else [value]


def read_text(value: object) -> str | None:
    """Return a text that can be stored, without white space at its edges; null for an empty one and anything else."""
    if not isinstance(value, str):
        return None
    if not value.isascii():
        value = value.encode("utf-8", "replace").decode()  # half a surrogate pair cannot be stored
    return value.replace("\0", "\ufffd").strip() or None


def read_line(value: object) -> str | None:
    """Return a text as read_text does, with one space for each run of white space."""
    if isinstance(value, str) and value.isprintable() and "  " not in value:  # nothing to squeeze: no other white space
        return value.strip() or None
    return " ".join(UNPRINTED.sub("", read_text(value) or "").split()) or None


def read_lines(value: object) -> list[str]:
    """Return the texts of a list, each on one line; what is no text is left out."""
    return [line for line in map(read_line, sequence(value)) if line]


def read_texts(value: object) -> list[str] | None:
    """Return what a text, or a list of texts, says, each on one line; nothing for null, and null for anything else."""
    items = items_of(value)
    return read_lines(items) if all(map(is_text, items)) else None


def read_addresses(value: object) -> list[str]:
    """Return the addresses of a text or a list of texts, as written; a text may have several, or markup of links."""
    texts = [text for text in map(read_text, items_of(value)) if text]
    return [address for text in texts for piece in BETWEEN_ADDRESSES.split(text) if (address := unwrap(piece))]


def unwrap(piece: str) -> str:
    """Return an address without the brackets, the quotes and the text that markup puts around it."""
    linked = MARKED.fullmatch(piece)
    if linked:
        return linked[1]
    return piece.strip(WRAPPING) if piece[:1] in WRAPPING else piece.strip()


def is_text(value: object) -> bool:
    """Whether a value is a text, or null where one may stand."""
    return value is None or isinstance(value, str)


def read_count(value: object) -> int | None:
    """Return a count; null for anything else, such as true, a fraction or a number below zero."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST else None


def write_json(value: object) -> str:
    """Return JSON on one line; the same value is the same text."""
    return ENCODER.encode(value)


def show_entry(entry: object) -> str:
    """Return an entry as JSON that can be stored; what is nested too deeply to be written is shown as such."""
    try:
        return write_json(entry).encode("utf-8", "replace").decode()
    except RecursionError:
        return "(nested too deeply)"


def show_key(key: str) -> str:
    """Return a key of an object as it can be stored."""
    return read_line(key) or ""
