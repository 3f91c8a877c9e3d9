"""Request repositories from GitHub and store the responses, which repositories.py reads.

With a token by GraphQL, 50 names a query; without one by REST, one name a request, until the quota is nearly used up.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report
from pipeline.http.retry import Verdict, persist
from pipeline.services.github.json_values import Malformed, decode_object, mapping, moment, number
from pipeline.services.github.names import canonical_name
from pipeline.services.github.repositories import FRAGMENT, read, read_one
from pipeline.services.github.responses import FAILED, RATE_LIMITED, UNAUTHORIZED, quota_left, quota_resets_at
from pipeline.services.github.token import headers_for, raise_if_refused
from pipeline.services.github.verdicts import failure_verdict, limit_verdict, verdict_on

logger = logging.getLogger(__name__)

Store = Callable[[Exchange], None]

BATCH_SIZE = 50  # larger batches meet 502s: docs/services.md
RESERVED_REQUESTS = 2  # of sixty an hour, kept for listing the archives
BREAKER_FAILURES = 3  # consecutive calls that failed after every try
BREAKER_PAUSE = timedelta(minutes=10)
HALVING_PAUSE_SECONDS = 2.0  # a query that timed out took ten seconds of GitHub's and extra points of ours
INDEFINITE = frozenset({FAILED, RATE_LIMITED, UNAUTHORIZED})


def fetch_repositories(
    web: Web, url: str, names: Sequence[str], *, token: str | None, store: Callable[[Exchange], None]
) -> Report:
    """Request each distinct name once, in the order given; `store` gets every response before the next request.

    `url` is the API's address without a trailing slash. Names are compared in lower case. Whatever the service does
    ends up in the Report; only a refused token raises TokenError, after the first response. A string that cannot be a
    repository's name is deferred without a request.
    """
    session = RepositorySession(web, names, store)
    if token:
        ask_in_batches(web, url, token, session)
    else:
        ask_one_by_one(web, url, session)
    return session.report()


class RepositorySession:
    """The state of one call: what is answered, and whether to go on."""

    def __init__(self, web: Web, names: Sequence[str], store: Store) -> None:
        self.names = tuple(dict.fromkeys(name for text in names if (name := canonical_name(text))))
        self.is_over = False
        self.requests = 0
        self._web = web
        self._store = store
        self._invalid = tuple(dict.fromkeys(text for text in names if canonical_name(text) is None))
        self._answered: set[str] = set()
        self._failures_in_a_row = 0
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
        self._answered.update(meaning.name for meaning in meanings if meaning.outcome not in INDEFINITE)
        if verdict.kind == "ok":
            self._failures_in_a_row = 0
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
        # a 200 with JSON means that GitHub works: a repository it cannot describe must not hold up the others
        self._failures_in_a_row = 0 if is_answered(exchange) else self._failures_in_a_row + 1
        if self._failures_in_a_row >= BREAKER_FAILURES:
            self.stop(f"{self._reason}, {BREAKER_FAILURES} calls in a row", self._web.now() + BREAKER_PAUSE)

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
        address = f"{url}/repos/" + "/".join(quote(part, safe="") for part in name.split("/"))
        send = partial(web.send, "GET", address, service="github", asked=(name,), headers=headers_for(None))
        exchange, verdict = session.ask(send, rest_verdict)
        session.learn(exchange, verdict, RESERVED_REQUESTS)
        if session.is_over:
            return


def ask_in_batches(web: Web, url: str, token: str, session: RepositorySession) -> None:
    """Request 50 names at a time by GraphQL; repeat what a query left open in halves, down to single names."""
    queue = deque(cut(session.names, BATCH_SIZE))
    while queue and not session.is_over:
        batch = queue.popleft()
        send = partial(
            web.send,
            "POST",
            graphql_address(url),
            service="github",
            asked=batch,
            headers=headers_for(token),
            json=write_query(batch),
        )
        exchange, verdict = session.ask(send, graphql_verdict)
        raise_if_refused(exchange)
        open_names = session.learn(exchange, verdict, reserve=0)
        if is_rejected(exchange):
            session.stop(verdict.reason, None)
        if open_names and len(batch) > 1 and not session.is_over:
            web.sleep(HALVING_PAUSE_SECONDS)
            queue.extendleft(reversed(list(cut(open_names, len(batch) // 2))))


def rest_verdict(exchange: Exchange) -> Verdict:
    """Return what to do after a REST response."""
    return verdict_on(exchange, read_one(exchange, exchange.asked[0]).outcome)


def graphql_verdict(exchange: Exchange) -> Verdict:
    """Return what to do after a GraphQL response.

    `ok` also if smaller batches should follow: after a time-out of GitHub, a resource limit, or a response that
    answers some names and not others.
    """
    outcomes = {meaning.outcome for meaning in read(exchange)}
    if outcomes - INDEFINITE:
        return Verdict()
    if RATE_LIMITED in outcomes:
        return limit_verdict(exchange)
    is_too_much = exchange.status in (502, 504, None) or is_answered(exchange)
    return Verdict() if is_too_much and len(exchange.asked) > 1 else failure_verdict(exchange)


def is_answered(exchange: Exchange) -> bool:
    """Whether GitHub itself answered, whatever it says, and not a proxy on the way."""
    return exchange.status == 200 and bool(decode_object(exchange.body))


def is_rejected(exchange: Exchange) -> bool:
    """Whether GitHub rejects the query itself, so that other batches would fare no better."""
    return exchange.status is not None and 400 <= exchange.status < 500


def write_query(names: Sequence[str]) -> dict[str, object]:
    """Return the JSON of a query for `names`, r0 being the first; names are variables, never query text."""
    indices = range(len(names))
    declared = ", ".join(f"$o{index}: String!, $n{index}: String!" for index in indices)
    asked = "\n".join(f"r{index}: repository(owner: $o{index}, name: $n{index}) {{ ...Facts }}" for index in indices)
    variables: dict[str, str] = {}
    for index, name in enumerate(names):
        variables[f"o{index}"], variables[f"n{index}"] = name.split("/")
    query = f"query ({declared}) {{\nrateLimit {{ cost remaining resetAt }}\n{asked}\n}}\n{FRAGMENT}"
    return {"query": query, "variables": variables}


def read_quota(exchange: Exchange) -> tuple[int | None, datetime | None, int]:
    """Return what is left, when the window resets, and the cost of this request; GraphQL says so in its body."""
    told = mapping(mapping(decode_object(exchange.body).get("data")).get("rateLimit"))
    try:
        left, resets_at, cost = number(told.get("remaining")), moment(told.get("resetAt")), number(told.get("cost"))
    except Malformed:
        left, resets_at, cost = None, None, None
    if left is None:
        return quota_left(exchange), quota_resets_at(exchange), 1
    return left, resets_at or quota_resets_at(exchange), cost or 1


def graphql_address(url: str) -> str:
    """Return the GraphQL endpoint; GitHub Enterprise Server has it beside /api/v3, not below."""
    return f"{url.removesuffix('/v3') if url.endswith('/api/v3') else url}/graphql"


def cut(names: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    """Yield the names in order, `size` at a time."""
    for start in range(0, len(names), size):
        yield tuple(names[start : start + size])
