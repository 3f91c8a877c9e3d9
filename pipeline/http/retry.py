"""Retries: what a response means for the next request, how long to wait, and when to stop."""

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

from tenacity import RetryCallState, Retrying, retry_if_result, stop_never

from pipeline.http.exchange import Exchange

logger = logging.getLogger(__name__)

LONG_PAUSE_SECONDS = 3.0  # a shorter one is not worth a line
LONGEST_WAIT_SECONDS = 120.0  # longer waits are left to the scheduler
LONGEST_BACKOFF_SECONDS = 600.0
SLOW_SECONDS = 30.0  # a failure that took longer is left to the scheduler too: the next try would take as long
LONGEST_RETRY_AFTER_SECONDS = 86_400.0  # nobody means more, and dates must stay in range
UNIX_TIMES_FROM = 1_000_000_000.0  # 2001-09-09; as a pause it would be 31 years


@dataclass(frozen=True)
class Verdict:
    """What to do after a response; a pure function of the exchange.

    ok: continue. retry: send the same again after `wait_seconds`, or after `backoff_seconds`, doubled at every try, if
    that is longer. give_up: do not send it again now; `reason` says why, for a person, and `until` when to continue.
    """

    kind: Literal["ok", "retry", "give_up"] = "ok"
    reason: str | None = None
    wait_seconds: float = 0.0  # as the service demands: never less
    backoff_seconds: float = 1.0  # our own first wait, without jitter
    tries: int = 3  # requests in all, this one included
    until: datetime | None = None


def persist(
    send: Callable[[], Exchange],
    classify: Callable[[Exchange], Verdict],
    *,
    sleep: Callable[[float], None],
    now: Callable[[], datetime],
    jitter: Callable[[], float] = random.random,
) -> tuple[Exchange, Verdict]:
    """Send until the verdict is ok or give_up, and return the last exchange with it; never with `retry`.

    Tries used up, a failure that took longer than SLOW_SECONDS, or a wait longer than LONGEST_WAIT_SECONDS, end as
    give_up; the last with `until`.
    """

    tries = 0

    def attempt() -> tuple[Exchange, Verdict]:
        nonlocal tries
        started = now()
        exchange = send()
        tries += 1
        verdict = bound_retry(classify(exchange), tries, now(), jitter())
        is_slow = (now() - started).total_seconds() > SLOW_SECONDS
        return exchange, replace(verdict, kind="give_up") if is_slow and verdict.kind == "retry" else verdict

    def wait(state: RetryCallState) -> float:
        verdict = state.outcome.result()[1] if state.outcome else Verdict()
        if verdict.wait_seconds >= LONG_PAUSE_SECONDS:  # nobody shall take the work for stopped
            logger.info("waiting %.0f s: %s", verdict.wait_seconds, verdict.reason or "as the service asks")
        return verdict.wait_seconds

    def is_retry(outcome: tuple[Exchange, Verdict]) -> bool:
        return outcome[1].kind == "retry"

    return Retrying(sleep=sleep, wait=wait, retry=retry_if_result(is_retry), stop=stop_never)(attempt)


def bound_retry(verdict: Verdict, tries: int, now: datetime, jitter: float) -> Verdict:
    """Return a retry with its actual wait, or give_up if that would be too long or too often."""
    if verdict.kind != "retry":
        return verdict
    backoff = min(verdict.backoff_seconds * 2 ** (tries - 1), LONGEST_BACKOFF_SECONDS)
    least = max(verdict.wait_seconds, backoff)
    if least > LONGEST_WAIT_SECONDS:
        return replace(verdict, kind="give_up", until=now + timedelta(seconds=least))
    if tries >= verdict.tries:
        return replace(verdict, kind="give_up")
    # Our waits vary by a tenth either way, so that clients spread out; the service's are never shortened.
    wait = max(verdict.wait_seconds, backoff * (0.9 + 0.2 * jitter))
    return replace(verdict, wait_seconds=min(wait, LONGEST_WAIT_SECONDS))


def parse_retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds in `retry-after`, at most a day; None if it is absent or invalid.

    Both forms of https://www.rfc-editor.org/rfc/rfc9110#field.retry-after, and a Unix time, which some send; a past
    date is 0.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        seconds = float(text[:10])
        seconds = max(seconds - now.timestamp(), 0.0) if seconds >= UNIX_TIMES_FROM and len(text) == 10 else seconds
        return min(seconds, LONGEST_RETRY_AFTER_SECONDS)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # an offset of too many hours overflows
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return min(max((date - now).total_seconds(), 0.0), LONGEST_RETRY_AFTER_SECONDS)
