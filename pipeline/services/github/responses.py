"""What an answer of GitHub's is before anybody asks what it says: its kind, its limits, JSON that may be anything."""

import json
import re
from datetime import UTC, datetime
from typing import NoReturn, cast

from pipeline.http.exchange import Exchange

# What an answer says of the one thing that was asked for: the outcomes of an attempt.
FOUND = "found"
NOT_FOUND = "not_found"  # deleted, private or never there: GitHub does not tell which
BLOCKED = "blocked"  # taken down by GitHub: dmca, tos, unavailable
FORBIDDEN = "forbidden"  # refused, and not for a limit: asking again in this run is no use
RATE_LIMITED = "rate_limited"  # primary or secondary limit: says nothing of the thing itself
NOT_MODIFIED = "not_modified"  # what we hold is still so
UNAUTHORIZED = "unauthorized"  # the token is refused: says nothing of the thing itself
FAILED = "failed"  # no usable answer: says nothing of the thing itself

LIMIT_TEXT = re.compile("rate limit|secondary rate|abuse detection", re.IGNORECASE)  # wordings of 2012 to 2026
LATEST_RESET = datetime(2100, 1, 1, tzinfo=UTC)  # an x-ratelimit-reset past it is a broken header


class Malformed(ValueError):
    """A part of an answer is not what GitHub documents. Never leaves the modules that read answers."""


def decode(body: bytes | None) -> object:
    """Return the JSON that strangers may have shaped. Raises Malformed for bytes, nesting or digits that break it."""
    try:
        return json.loads((body or b"").decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Malformed("the body is no JSON") from error


def decode_object(body: bytes | None) -> dict[str, object]:
    """Return a body's JSON object; an empty one where the body is anything else."""
    try:
        return mapping(decode(body))
    except Malformed:
        return {}


def mapping(value: object) -> dict[str, object]:
    """Return the same object; an empty one where it is something else."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def sequence(value: object) -> list[object]:
    """Return the same list; an empty one where it is something else."""
    return cast("list[object]", value) if isinstance(value, list) else []


def text(value: object) -> str | None:
    """Return a string that UTF-8 can hold; GitHub's null and '' are both None. Raises Malformed."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Malformed("not a text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Malformed("half a surrogate pair") from error
    return value


def number(value: object) -> int | None:
    """Return a whole number from 0 that BIGINT can hold. Raises Malformed."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise Malformed("not a count")
    return value


def flag(value: object) -> bool | None:
    """Return a boolean. Raises Malformed."""
    if value is not None and not isinstance(value, bool):
        raise Malformed("not a boolean")
    return value


def moment(value: object) -> datetime | None:
    """Return a time in UTC, read from ISO 8601 with an offset. Raises Malformed."""
    written = text(value)
    if written is None:
        return None
    try:
        read = datetime.fromisoformat(written)
        if read.tzinfo is None:
            raise Malformed("a time without an offset")
        return read.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Malformed("not a time") from error


def refusal(exchange: Exchange) -> str:
    """Return what an exchange without a 200 means for the one thing that was asked for, as an outcome."""
    if exchange.status in (403, 429):
        return read_forbidden(exchange)
    # Only a 404 in GitHub's own words: a proxy's, or a wrong address's, must not make repositories vanish.
    if exchange.status == 404 and isinstance(decode_object(exchange.body).get("message"), str):
        return NOT_FOUND
    return {304: NOT_MODIFIED, 401: UNAUTHORIZED, 451: BLOCKED}.get(exchange.status or 0, FAILED)


def read_forbidden(exchange: Exchange) -> str:
    """Return which of its many meanings a 403 or 429 has."""
    answer = decode_object(exchange.body)
    if answer.get("block"):
        return BLOCKED
    if is_limit(exchange):
        return RATE_LIMITED
    is_our_fault = "user agent" in str(answer.get("message")).lower()
    return FAILED if is_our_fault else FORBIDDEN


def is_limit(exchange: Exchange) -> bool:
    """Tell a limit from other 403s: by the headers first, since the words may say nothing of it."""
    return (
        exchange.status == 429
        or "retry-after" in exchange.headers
        or quota_left(exchange) == 0
        or LIMIT_TEXT.search(str(decode_object(exchange.body).get("message"))) is not None
    )


def quota_left(exchange: Exchange) -> int | None:
    """Return the requests (REST) or points (GraphQL) left in the window; None where the answer does not say."""
    return _digits(exchange.headers.get("x-ratelimit-remaining", ""))


def quota_resets_at(exchange: Exchange) -> datetime | None:
    """Return when the window ends, UTC; None where the answer does not say."""
    seconds = _digits(exchange.headers.get("x-ratelimit-reset", ""))
    return None if seconds is None or seconds > LATEST_RESET.timestamp() else datetime.fromtimestamp(seconds, UTC)


def _digits(written: str) -> int | None:
    return int(written) if re.fullmatch("[0-9]{1,15}", written) else None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)  # NaN and Infinity, which Python would read and JSON does not have
