"""Request models, data sets and spaces from Hugging Face and store the responses, which reader.py reads.

One request each, since the service has no batches. Its answers say how many requests are left: when few are, the rest
waits for the next window, once, and is deferred after that.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report
from pipeline.http.quota import least_quota, quota_renews_at
from pipeline.http.retry import Verdict, parse_retry_after, persist
from pipeline.services.hub.reader import FAILED, RATE_LIMITED, SERVICE, UNAUTHORIZED, read
from pipeline.services.hub.resources import resource_address, split_subject

logger = logging.getLogger(__name__)

RESERVED_REQUESTS = 10  # of 500 in five minutes, for the lists of days, which have the same quota
LONGEST_PAUSE = timedelta(minutes=6)  # of one call, all its pauses together; a window is five minutes
UNNAMED_PAUSE = timedelta(seconds=60)  # after a 429 that does not say how long
HOST_PAUSE = timedelta(minutes=30)  # after a 403, which no limit of this service is
LIMIT_TRIES = 3  # of one resource
BREAKER_FAILURES = 3  # consecutive resources that failed after every try
BREAKER_PAUSE = timedelta(minutes=10)
QUOTA_SPENT = "Hugging Face's quota is used up"
REFUSED = (
    "HF_TOKEN was refused (401): it is mistyped, expired or revoked, and this run goes on without it. "
    "Set a valid one, or unset it."
)


def fetch_resources(
    web: Web,
    url: str,
    subjects: Sequence[str],
    *,
    token: str | None,
    store: Callable[[Exchange], None],
    advance: Callable[[int], None] = lambda count: None,
    refuse: Callable[[str], None] = lambda reason: None,
) -> Report:
    """Request each distinct `kind/owner/name` once, in the order given; `store` gets every response before the next
    request, `advance` the number of resources that it answers, and `refuse` a sentence if the token is refused, which
    is not sent again.

    `url` is the service's address without a trailing slash, and the token goes there alone. Names are sent as spelled,
    and compared in lower case. What cannot be a resource is deferred without a request.
    """
    session = ResourceSession(web, url, token, store, refuse)
    seen: set[str] = set()
    for subject in subjects:
        if subject.lower() in seen:
            continue
        seen.add(subject.lower())
        if session.ask(subject):
            advance(1)
    return session.report()


class ResourceSession:
    """The state of one call: what is answered, what is left, and whether to go on."""

    def __init__(
        self,
        web: Web,
        url: str,
        token: str | None,
        store: Callable[[Exchange], None],
        refuse: Callable[[str], None],
    ) -> None:
        self._web, self._url, self._token = web, url, token
        self._store, self._refuse = store, refuse
        self._requests = self._answered = self._failures_in_a_row = 0
        self._deferred: list[str] = []
        self._is_over = False
        self._reason: str | None = None
        self._until: datetime | None = None
        self._free_at: datetime | None = None  # no request before that moment
        self._patience = LONGEST_PAUSE
        self._quota: tuple[int, datetime] | None = None

    def ask(self, subject: str) -> bool:
        """Request a resource, unless the session is over; return whether that was answered."""
        asked = split_subject(subject)
        if asked is None:
            self._reason = self._reason or f"not the name of a resource: {subject[:150]!a}"
        elif not self._is_over and self._ask(subject, resource_address(self._url, *asked)):
            self._answered += 1
            return True
        self._deferred.append(subject)
        return False

    def report(self) -> Report:
        if self._deferred:
            logger.warning("Hugging Face: %d resources are deferred: %s", len(self._deferred), self._reason)
        left, renews_at = self._quota or (None, None)
        reason, until = (self._reason, self._until) if self._deferred else (None, None)
        return Report(self._requests, self._answered, tuple(self._deferred), reason, until, left, renews_at)

    def _ask(self, subject: str, address: str) -> bool:
        """Request it, and again if the token is refused, or a limit passes soon."""
        for _ in range(LIMIT_TRIES):
            if not self._wait():
                return False
            send = partial(self._send, subject, address)
            answer, verdict = persist(send, partial(verdict_on, subject), sleep=self._web.sleep, now=self._web.now)
            outcome = read(answer, subject).outcome
            self._watch_quota(answer)
            if outcome == UNAUTHORIZED and self._token is not None:
                self._token = None
                self._refuse(REFUSED)
            elif outcome == RATE_LIMITED:
                self._free_at = verdict.until
            else:
                return self._learn(outcome, verdict)
        self._stop(QUOTA_SPENT, self._free_at)
        return False

    def _send(self, subject: str, address: str) -> Exchange:
        self._requests += 1
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {self._token}"} if self._token else {})
        asked = (subject.lower(),)
        exchange = self._web.send("GET", address, service=SERVICE, asked=asked, headers=headers)
        self._store(exchange)
        return exchange

    def _wait(self) -> bool:
        """Wait until there are requests again; if that is too long, end the session and return False."""
        wait = timedelta() if self._free_at is None else self._free_at - self._web.now()
        if wait > self._patience:
            self._stop(QUOTA_SPENT, self._free_at)
            return False
        if wait > timedelta():
            self._patience -= wait
            self._web.sleep(wait.total_seconds())
        self._free_at = None
        return True

    def _watch_quota(self, answer: Exchange) -> None:
        self._quota = least_quota(answer) or self._quota
        if self._quota and self._quota[0] <= RESERVED_REQUESTS:
            self._free_at = self._quota[1]

    def _learn(self, outcome: str, verdict: Verdict) -> bool:
        """Note whether a resource was answered; may end the session."""
        if outcome not in (FAILED, UNAUTHORIZED):
            self._failures_in_a_row = 0
            return True
        self._failures_in_a_row += 1
        self._reason = self._reason or verdict.reason
        if verdict.until is not None:
            self._stop(verdict.reason, verdict.until)
        elif self._failures_in_a_row >= BREAKER_FAILURES:
            self._stop(f"{verdict.reason}, {BREAKER_FAILURES} resources in a row", self._web.now() + BREAKER_PAUSE)
        return False

    def _stop(self, reason: str | None, until: datetime | None) -> None:
        self._is_over, self._reason, self._until = True, reason, until


def verdict_on(subject: str, exchange: Exchange) -> Verdict:
    """Return what to do after a response about a resource: docs/services.md."""
    outcome = read(exchange, subject).outcome
    answer = exchange.error or f"HTTP {exchange.status}"
    if outcome == RATE_LIMITED:
        return Verdict("give_up", "Hugging Face asks to slow down", until=limit_ends_at(exchange))
    if outcome == UNAUTHORIZED:
        return Verdict("give_up", "Hugging Face refuses the token")
    if outcome != FAILED:
        return Verdict()
    if exchange.status == 403:
        until = exchange.fetched_at + HOST_PAUSE
        return Verdict("give_up", "Hugging Face refuses this machine (403)", until=until)
    if exchange.status is None or exchange.status == 200 or exchange.status >= 500:
        wait = parse_retry_after(exchange.headers, exchange.fetched_at) or 0.0
        tries = 2 if exchange.is_unreachable else 3
        return Verdict("retry", f"no usable response from Hugging Face: {answer}", wait_seconds=wait, tries=tries)
    return Verdict("give_up", f"Hugging Face answered {exchange.status}, and a retry would not help: check HF_API_URL")


def limit_ends_at(exchange: Exchange) -> datetime:
    """Return when to go on after a 429: as late as either header says; without one, in a minute."""
    told = parse_retry_after(exchange.headers, exchange.fetched_at)
    moments = [quota_renews_at(exchange), None if told is None else exchange.fetched_at + timedelta(seconds=told)]
    return max((moment for moment in moments if moment), default=exchange.fetched_at + UNNAMED_PAUSE)
