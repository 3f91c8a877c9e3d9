"""Request pages of GitHub's star history by the repository's number, and store the responses.

star_history.py reads them. The quota is what the responses themselves say: GET /rate_limit does not count these
requests. No ETag is sent: a week later the first page begins with another week, and is never the same.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report
from pipeline.http.retry import Verdict, persist
from pipeline.services.github.responses import (
    FAILED,
    FOUND,
    INDEFINITE,
    NOT_MODIFIED,
    RATE_LIMITED,
    quota_left,
    quota_resets_at,
)
from pipeline.services.github.star_history import EMPTY, PAGE_WEEKS, SERVICE, read_history, split_subject
from pipeline.services.github.token import headers_for, raise_if_refused
from pipeline.services.github.verdicts import verdict_on

logger = logging.getLogger(__name__)

Store = Callable[[Exchange], None]

# Requests of the hour that are left to what else asks GitHub. Without a token that is half of sixty.
RESERVED_WITHOUT_TOKEN = 30
RESERVED_WITH_TOKEN = 500
IDLE_ABOVE = 2_500  # what can wait is asked for while so many requests are left
BREAKER_FAILURES = 3  # pages in a row that failed after every try
BREAKER_PAUSE = timedelta(minutes=10)
SPAM_PAUSE_SECONDS = 60.0  # a 422 on a page that exists is said to be a limit


def reserve_of(*, has_token: bool) -> int:
    """Return how many requests of the hour are never used for star history."""
    return RESERVED_WITH_TOKEN if has_token else RESERVED_WITHOUT_TOKEN


def fetch_star_history(
    web: Web,
    url: str,
    subjects: Sequence[str],
    *,
    token: str | None,
    store: Store,
    idle: Collection[str] = (),
    advance: Callable[[int], None] = lambda count: None,
) -> Report:
    """Request pages in the order given, one by one; `store` gets every response before the next request.

    subjects: `<number>/<page>`. idle: those that are asked for only while much of the quota is left. A repository that
    is gone is asked for once, not for each of its pages. Whatever the service does ends up in the Report; only a
    refused token raises TokenError, after its response is stored.
    """
    session = StarSession(web, url, token, store)
    waiting = frozenset(idle)
    left: list[str] = []
    for subject in dict.fromkeys(subjects):
        if session.is_over or not session.has_quota(is_idle=subject in waiting):
            left.append(subject)
        elif session.ask(subject):
            advance(1)
        else:
            left.append(subject)
    return session.report(left)


class StarSession:
    """The state of one call: the quota, which repositories are gone, and whether to go on."""

    def __init__(self, web: Web, url: str, token: str | None, store: Store) -> None:
        self.is_over = False
        self._web = web
        self._url = url
        self._token = token
        self._store = store
        self._gone: set[int] = set()
        self._requests = self._answered = self._failures_in_a_row = 0
        self._reason: str | None = None
        self._until: datetime | None = None
        self._left: int | None = None
        self._resets_at: datetime | None = None

    def has_quota(self, *, is_idle: bool) -> bool:
        """Whether a request is left for this; ends the session if not."""
        reserve = reserve_of(has_token=self._token is not None)
        if is_idle and self._token is not None:
            reserve = IDLE_ABOVE
        if self._left is None or self._left > reserve:
            return True
        until = None if self._resets_at is None else self._resets_at + timedelta(seconds=1)
        self._stop("the rest of GitHub's quota is kept for repositories", until)
        return False

    def ask(self, subject: str) -> bool:
        """Request one page; return whether that is settled."""
        repository_id, page = split_subject(subject)
        if repository_id in self._gone:
            self._answered += 1
            return True
        address = f"{self._url}/repositories/{repository_id}/stargazers/history?per_page={PAGE_WEEKS}&page={page}"
        headers = headers_for(self._token)
        send = partial(self._web.send, "GET", address, service=SERVICE, asked=(subject,), headers=headers)
        exchange, verdict = persist(
            lambda: self._send_and_store(send), page_verdict, sleep=self._web.sleep, now=self._web.now
        )
        if self._token:
            raise_if_refused(exchange)
        return self._learn(exchange, verdict, repository_id)

    def report(self, left: Sequence[str]) -> Report:
        """Return what was achieved; `left` are the pages without a definite answer."""
        if left:
            logger.warning("GitHub: %d pages of star history are deferred: %s", len(left), self._reason)
        return Report(
            requests=self._requests,
            answered=self._answered,
            deferred=tuple(left),
            reason=self._reason if left else None,
            until=self._until if left else None,
            quota_left=self._left,
            quota_resets_at=self._resets_at,
        )

    def _send_and_store(self, send: Callable[[], Exchange]) -> Exchange:
        exchange = send()
        self._requests += 1
        self._store(exchange)
        return exchange

    def _learn(self, exchange: Exchange, verdict: Verdict, repository_id: int) -> bool:
        left = quota_left(exchange)
        if left is not None:
            self._left, self._resets_at = left, quota_resets_at(exchange)
        outcome = read_history(exchange).outcome
        if outcome in INDEFINITE:
            self._fail(outcome, verdict)
            return False
        if outcome not in (FOUND, EMPTY, NOT_MODIFIED):
            self._gone.add(repository_id)
        self._failures_in_a_row = 0
        self._answered += 1
        return True

    def _fail(self, outcome: str, verdict: Verdict) -> None:
        self._failures_in_a_row += 1
        self._reason = self._reason or verdict.reason
        if outcome == RATE_LIMITED:
            self._stop(verdict.reason, verdict.until)
        elif outcome != FAILED or self._failures_in_a_row >= BREAKER_FAILURES:
            self._stop(verdict.reason, verdict.until or self._web.now() + BREAKER_PAUSE)

    def _stop(self, reason: str | None, until: datetime | None) -> None:
        if not self.is_over:
            self.is_over, self._reason, self._until = True, reason, until


def page_verdict(exchange: Exchange) -> Verdict:
    """Return what to do after a response; a page that cannot be read is not asked for again at once."""
    history = read_history(exchange)
    if history.reason:
        return Verdict("give_up", f"GitHub answered with a page that cannot be used: {history.reason}")
    if exchange.status == 422 and history.outcome == FAILED:
        reason = "GitHub answered 422, which may be a limit"
        return Verdict("retry", reason, backoff_seconds=SPAM_PAUSE_SECONDS, tries=2)
    return verdict_on(exchange, history.outcome)
