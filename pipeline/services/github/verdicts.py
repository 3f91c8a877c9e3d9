"""Decide what to do after a GitHub response: go on, ask again and when, or give up."""

from datetime import timedelta

from pipeline.http.exchange import Exchange
from pipeline.http.retry import Verdict, parse_retry_after
from pipeline.services.github.responses import FAILED, RATE_LIMITED, UNAUTHORIZED, quota_left, quota_resets_at

# At least a minute, then longer: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
SECONDARY_WAIT_SECONDS = 60.0

SECONDARY_BACKOFF_SECONDS = 54.0  # doubled once and varied by a tenth, it stays below two minutes, our longest sleep
LIMIT_TRIES = 4


def verdict_on(exchange: Exchange, outcome: str) -> Verdict:
    """Return what to do after a response about one repository, tree or download, given its outcome."""
    if outcome == RATE_LIMITED:
        return limit_verdict(exchange)
    if outcome == UNAUTHORIZED:
        return Verdict("give_up", "GitHub refuses the token")
    return failure_verdict(exchange) if outcome == FAILED else Verdict()


def failure_verdict(exchange: Exchange) -> Verdict:
    """Return what to do when nothing was learnt; a request that GitHub rejects is not sent again."""
    status = exchange.status
    if status is None:
        return Verdict("retry", f"no response from GitHub: {exchange.error}", tries=2 if exchange.is_unreachable else 3)
    if 400 <= status < 500:
        return Verdict("give_up", f"GitHub answered {status}, and a retry would not help: check GITHUB_API_URL")
    return Verdict("retry", f"GitHub answered {status} without usable content")


def limit_verdict(exchange: Exchange) -> Verdict:
    """Return how long to wait for a limit: `retry-after`, the window's end, else a minute, doubled each try."""
    waits = [parse_retry_after(exchange.headers, exchange.fetched_at) or 0.0]
    reset = quota_resets_at(exchange)
    if quota_left(exchange) == 0 and reset is not None:
        waits.append((reset - exchange.fetched_at).total_seconds() + 1)
    told = max(waits)
    wait, backoff = (told, 1.0) if told > 0 else (SECONDARY_WAIT_SECONDS, SECONDARY_BACKOFF_SECONDS)
    until = exchange.fetched_at + timedelta(seconds=wait)
    reason = "GitHub's quota is used up" if quota_left(exchange) == 0 else "GitHub asks to slow down"
    return Verdict("retry", reason, wait_seconds=wait, backoff_seconds=backoff, tries=LIMIT_TRIES, until=until)
