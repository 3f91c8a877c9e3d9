"""Request repositories from GitHub and store the responses, which repositories.py reads.

With a token by GraphQL, 20 names a query; without one by REST, one name a request, until the quota is nearly used up.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report
from pipeline.http.retry import Verdict, persist
from pipeline.services.batches import Batches
from pipeline.services.github.graphql import (
    NUMBERLESS,
    graphql_address,
    graphql_verdict,
    is_answered,
    is_rejected,
    is_too_much,
    names_without_number,
    part_verdict,
    read_quota,
    write_query,
)
from pipeline.services.github.names import canonical_name
from pipeline.services.github.repositories import read, read_one
from pipeline.services.github.responses import INDEFINITE, RATE_LIMITED
from pipeline.services.github.token import headers_for, raise_if_refused
from pipeline.services.github.verdicts import verdict_on

logger = logging.getLogger(__name__)

Store = Callable[[Exchange], None]

BATCH_SIZE = 20  # larger batches meet 502s: docs/services.md
RESERVED_REQUESTS = 2  # of sixty an hour, reserved for listing the archives
BREAKER_FAILURES = 3  # consecutive calls that failed after every try
HOPELESS = timedelta(seconds=30)  # as long as nothing has worked, no other call is made after so long
BREAKER_PAUSE = timedelta(minutes=10)
SPARE_QUERIES = 10  # for parts of batches, and one more for every five batches
HALVING_PAUSE_SECONDS = 2.0  # a query that timed out cost GitHub ten seconds, and us extra points


def fetch_repositories(
    web: Web,
    url: str,
    names: Sequence[str],
    *,
    token: str | None,
    store: Store,
    advance: Callable[[int], None] = lambda count: None,
) -> Report:
    """Request each distinct name once, in the order given; `store` gets every response before the next request, and
    `advance` the number of names that it answers.

    `url` is the API's address without a trailing slash. Names are compared in lower case. Whatever the service does
    ends up in the Report; only a refused token raises TokenError, after the first response. A string that cannot be a
    repository's name is deferred without a request.
    """
    session = RepositorySession(web, names, store, advance)
    if token:
        ask_in_batches(web, url, token, session)
    else:
        ask_one_by_one(web, url, session)
    return session.report()


class RepositorySession:
    """The state of one call: what is answered, and whether to go on."""

    def __init__(self, web: Web, names: Sequence[str], store: Store, advance: Callable[[int], None]) -> None:
        self.names = tuple(dict.fromkeys(name for text in names if (name := canonical_name(text))))
        self.is_over = False
        self.requests = 0
        self._web = web
        self._store = store
        self._advance = advance
        self._invalid = tuple(dict.fromkeys(text for text in names if canonical_name(text) is None))
        self._answered: set[str] = set()
        self._began_at = web.now()
        self._failures_in_a_row = 0
        self._unexplained: frozenset[str] = frozenset()  # names of the last query that brought errors and nothing else
        self._reason: str | None = None
        self._until: datetime | None = None
        self._left: int | None = None
        self._resets_at: datetime | None = None

    def ask(self, send: Callable[[], Exchange], classify: Callable[[Exchange], Verdict]) -> tuple[Exchange, Verdict]:
        """Send until the verdict is final, and store every response."""

        def send_and_store() -> Exchange:
            exchange = send()
            self.requests += 1
            self._store(exchange)
            return exchange

        return persist(send_and_store, classify, sleep=self._web.sleep, now=self._web.now)

    def learn(self, exchange: Exchange, verdict: Verdict, reserve: int) -> list[str]:
        """Note the last response of a call and return the names it left open; may end the session."""
        meanings = read(exchange)
        fresh = {meaning.name for meaning in meanings if meaning.outcome not in INDEFINITE} - self._answered
        self._answered |= fresh
        self._advance(len(fresh))
        if fresh:
            self._failures_in_a_row, self._unexplained = 0, frozenset()
        elif any(meaning.outcome == RATE_LIMITED for meaning in meanings):
            self.stop(verdict.reason, verdict.until)
        elif not self.is_over:
            self._reason = verdict.reason
            self._count_failure(exchange)
        self._watch_quota(exchange, reserve)
        return [name for name in exchange.asked if name not in self._answered]

    def stop(self, reason: str | None, until: datetime | None) -> None:
        """Defer the rest; the first reason stays."""
        if not self.is_over:
            self.is_over, self._reason, self._until = True, reason, until

    def leave_open(self, reason: str) -> None:
        """Say why names are not asked for again; a reason that is known already stays."""
        self._reason = self._reason or reason

    def report(self) -> Report:
        """Return what was achieved; names without a definite answer are deferred in the order given, invalid last."""
        unanswered = tuple(name for name in self.names if name not in self._answered)
        deferred = unanswered + self._invalid
        reason, until = (self._reason, self._until) if unanswered else (None, None)
        if self._invalid and reason is None:
            reason = f"not the name of a GitHub repository: {self._invalid[0][:150]!a}"
        if deferred:
            logger.warning("GitHub: %d repositories are deferred: %s", len(deferred), reason)
        return Report(
            requests=self.requests,
            answered=len(self._answered),
            deferred=deferred,
            reason=reason,
            until=until,
            quota_left=self._left,
            quota_resets_at=self._resets_at,
        )

    def _count_failure(self, exchange: Exchange) -> None:
        asked = frozenset(exchange.asked)
        if exchange.method == "POST" and names_without_number(exchange):
            return  # REST will tell
        if is_too_much(exchange) and len(asked) > 1:
            return  # smaller parts will tell
        if is_answered(exchange) and exchange.method == "POST":
            # One repository that GitHub cannot describe is its own affair, two queries with no name in common are not.
            if self._unexplained and self._unexplained.isdisjoint(asked):
                self.stop(f"{self._reason}, for other repositories too", None)
            self._unexplained = asked
        elif not is_answered(exchange):
            self._failures_in_a_row += 1
            is_hopeless = not self._answered and self._web.now() - self._began_at > HOPELESS
            if is_hopeless or self._failures_in_a_row >= BREAKER_FAILURES:
                calls = f", {self._failures_in_a_row} calls in a row" if self._failures_in_a_row > 1 else ""
                self.stop(f"{self._reason}{calls}", self._web.now() + BREAKER_PAUSE)

    def _watch_quota(self, exchange: Exchange, reserve: int) -> None:
        left, resets_at, cost = read_quota(exchange)
        if left is None:
            return
        self._left, self._resets_at = left, resets_at
        if left < max(cost, reserve + 1):
            until = None if resets_at is None else resets_at + timedelta(seconds=1)
            self.stop("GitHub's quota is used up", until)


def ask_one_by_one(web: Web, url: str, session: RepositorySession) -> None:
    """Request each name by REST, until the quota is down to the reserve; a 301 costs a request too."""
    for name in session.names:
        ask_for_one(web, url, None, session, name)
        if session.is_over:
            return


def ask_for_one(web: Web, url: str, token: str | None, session: RepositorySession, name: str) -> None:
    """Request a name by REST; the reserve is for the quota without a token."""
    address = f"{url}/repos/" + "/".join(quote(part, safe="") for part in name.split("/"))
    send = partial(web.send, "GET", address, service="github", asked=(name,), headers=headers_for(token))
    exchange, verdict = session.ask(send, rest_verdict)
    if token:
        raise_if_refused(exchange)
    session.learn(exchange, verdict, reserve=0 if token else RESERVED_REQUESTS)


def ask_in_batches(web: Web, url: str, token: str, session: RepositorySession) -> None:
    """Request 20 names at a time by GraphQL; repeat what a query left open in halves, down to single names.

    A repository that GraphQL describes without its number is requested by REST, once. However much is left open, the
    requests are at most 1.2 for each batch, and SPARE_QUERIES.
    """
    batches = Batches(session.names, BATCH_SIZE)
    spare = SPARE_QUERIES + len(batches) // 5
    numberless: list[str] = []
    while batches and not session.is_over:
        batch, is_part = batches.take()
        if is_part and not spare:
            session.leave_open("GitHub left too many repositories open")
            continue
        spare -= is_part
        send = partial(
            web.send,
            "POST",
            graphql_address(url),
            service="github",
            asked=batch,
            headers=headers_for(token),
            json=write_query(batch),
        )
        exchange, verdict = session.ask(send, part_verdict if is_part else graphql_verdict)
        raise_if_refused(exchange)
        hidden = names_without_number(exchange)
        open_names = [name for name in session.learn(exchange, verdict, reserve=0) if name not in hidden]
        numberless += [name for name in batch if name in hidden]
        if is_rejected(exchange):
            session.stop(verdict.reason, None)
        if len(open_names) < len(batch):
            batches.note_progress()
        if open_names and len(batch) > 1 and not session.is_over:
            batches.halve(batch, open_names)
            if not is_answered(exchange):
                web.sleep(HALVING_PAUSE_SECONDS)
        if not is_part:
            batches.note_size(batch, is_too_large=is_too_much(exchange))
    ask_for_numbers(web, url, token, session, numberless, spare)


def ask_for_numbers(
    web: Web, url: str, token: str, session: RepositorySession, names: Sequence[str], spare: int
) -> None:
    """Request by REST what GraphQL describes without a number, as far as `spare` requests go."""
    for name in names[:spare]:
        if session.is_over:
            return
        ask_for_one(web, url, token, session, name)
    if names:
        session.leave_open(NUMBERLESS)


def rest_verdict(exchange: Exchange) -> Verdict:
    """Return what to do after a REST response."""
    return verdict_on(exchange, read_one(exchange, exchange.asked[0]).outcome)
