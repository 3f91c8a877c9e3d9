"""Classify GitHub responses: the outcome for what was requested, and the limits that apply. Pure."""

import re
from datetime import UTC, datetime

from pipeline.http.exchange import Exchange
from pipeline.services.github.json_values import decode_object

# Outcomes of an attempt. The last three say nothing about the repository itself, nor does `not_modified` say more.
FOUND = "found"
NOT_FOUND = "not_found"  # deleted, private or never there: GitHub does not say which
BLOCKED = "blocked"  # taken down by GitHub: dmca, tos, unavailable
FORBIDDEN = "forbidden"  # refused, but not by a limit: do not ask again in this run
NOT_MODIFIED = "not_modified"  # unchanged since the last response
RATE_LIMITED = "rate_limited"  # primary or secondary limit
UNAUTHORIZED = "unauthorized"  # the token is refused
FAILED = "failed"  # no usable response
INDEFINITE = frozenset({FAILED, RATE_LIMITED, UNAUTHORIZED})

LIMIT_TEXT = re.compile("rate limit|secondary rate|abuse detection", re.IGNORECASE)  # as worded from 2012 to 2026
LATEST_RESET = datetime(2100, 1, 1, tzinfo=UTC)  # a later x-ratelimit-reset is a broken header


def refusal(exchange: Exchange) -> str:
    """Return the outcome of a response other than a 200."""
    if exchange.status in (403, 429):
        return read_forbidden(exchange)
    # Only GitHub's own 404: one from a proxy or a wrong address must not make repositories vanish.
    if exchange.status == 404 and isinstance(decode_object(exchange.body).get("message"), str):
        return NOT_FOUND
    return {304: NOT_MODIFIED, 401: UNAUTHORIZED, 451: BLOCKED}.get(exchange.status or 0, FAILED)


def read_forbidden(exchange: Exchange) -> str:
    """Return which of its meanings a 403 or 429 has."""
    answer = decode_object(exchange.body)
    if answer.get("block"):
        return BLOCKED
    if is_limit(exchange):
        return RATE_LIMITED
    is_our_bug = "user agent" in str(answer.get("message")).lower()
    return FAILED if is_our_bug else FORBIDDEN


def is_limit(exchange: Exchange) -> bool:
    """Whether a 403 or 429 is a limit; headers count first, since the message may not mention one."""
    return (
        exchange.status == 429
        or "retry-after" in exchange.headers
        or quota_left(exchange) == 0
        or LIMIT_TEXT.search(str(decode_object(exchange.body).get("message"))) is not None
    )


def quota_left(exchange: Exchange) -> int | None:
    """Return the requests (REST) or points (GraphQL) left in the window; None if the response does not say."""
    return _digits(exchange.headers.get("x-ratelimit-remaining", ""))


def quota_resets_at(exchange: Exchange) -> datetime | None:
    """Return when the window ends, UTC; None if the response does not say."""
    seconds = _digits(exchange.headers.get("x-ratelimit-reset", ""))
    return None if seconds is None or seconds > LATEST_RESET.timestamp() else datetime.fromtimestamp(seconds, UTC)


def _digits(written: str) -> int | None:
    return int(written) if re.fullmatch("[0-9]{1,15}", written) else None
