"""Read values from untrusted JSON: each function takes anything and returns one type. Pure."""

from datetime import datetime
from typing import cast

from pipeline.core.json_text import load_json
from pipeline.services.moment import read_moment


class Malformed(ValueError):
    """Part of a response is not what its service documents. Caught by the modules that read responses."""


def decode(body: bytes | None) -> object:
    """Decode JSON from an untrusted body. Raises Malformed for bytes or nesting that break the decoder."""
    try:
        return load_json((body or b"").decode("utf-8"))
    except ValueError as error:
        raise Malformed("the body is not JSON") from error


def decode_object(body: bytes | None) -> dict[str, object]:
    """Return a body's JSON object; {} if the body is anything else."""
    try:
        return mapping(decode(body))
    except Malformed:
        return {}


def mapping(value: object) -> dict[str, object]:
    """Return `value` if it is an object, else {}."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def sequence(value: object) -> list[object]:
    """Return `value` if it is a list, else []."""
    return cast("list[object]", value) if isinstance(value, list) else []


def text(value: object) -> str | None:
    """Return a string; null, '' and white space alone are None. Raises Malformed.

    Half a surrogate pair, which cannot be stored, becomes a question mark, as in the texts of feeds.
    """
    if value is not None and not isinstance(value, str):
        raise Malformed("not a string")
    if value is None or not value.strip():
        return None
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def number(value: object) -> int | None:
    """Return an integer from 0 to 2**63 - 1, or None for null. Raises Malformed."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise Malformed("not a count")
    return value


def flag(value: object) -> bool | None:
    """Return a boolean, or None for null. Raises Malformed."""
    if value is not None and not isinstance(value, bool):
        raise Malformed("not a boolean")
    return value


def moment(value: object) -> datetime | None:
    """Return a time in UTC from ISO 8601 with an offset, or None for null. Raises Malformed."""
    written = text(value)
    if written is None:
        return None
    try:
        return read_moment(written)
    except (ValueError, OverflowError) as error:
        raise Malformed("not a time") from error
