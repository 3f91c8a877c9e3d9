"""GitHub's repositories: names in, answers to `keep`, and out how far it got. What they say is read in repository.py.

With a token GraphQL is asked, 50 names a query; without one REST, a name a request, until its quota is nearly used up.
"""

import logging
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote

from pipeline.core.errors import TokenError
from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report
from pipeline.http.retry import Verdict, persist
from pipeline.services.github.names import canonical_name
from pipeline.services.github.repositories import FRAGMENT, read, read_one
from pipeline.services.github.responses import (
    FAILED,
    RATE_LIMITED,
    UNAUTHORIZED,
    Malformed,
    decode_object,
    mapping,
    moment,
    number,
    quota_left,
    quota_resets_at,
)
from pipeline.services.github.verdicts import failure_verdict, judge, limit_verdict

logger = logging.getLogger(__name__)

Keep = Callable[[Exchange], None]

BATCH_SIZE = 50  # larger ones meet 502s: ../shared/apis.md 2.4
RESERVED_REQUESTS = 2  # of an hour's sixty, for the listing of the archives
BREAKER_FAILURES = 3  # calls in a row that failed after every try
BREAKER_PAUSE = timedelta(minutes=10)
HALVING_PAUSE_SECONDS = 2.0  # a query that timed out has cost GitHub its ten seconds, and us extra points
INDEFINITE = frozenset({FAILED, RATE_LIMITED, UNAUTHORIZED})


def fetch_repositories(
    web: Web, url: str, names: Sequence[str], *, token: str | None, keep: Callable[[Exchange], None]
) -> Report:
    """Ask for each distinct name once, in the order given; every answer goes to `keep` before the next request.

    `url` is the API's address without a slash at its end. Names are compared and kept in lower case. Whatever the
    service does ends in the Report, but for TokenError: the token is refused, and nothing more was sent. A name that
    cannot be a repository's is deferred, unasked.
    """
    progress = Progress(web, names, keep)
    if token:
        ask_in_batches(web, url, token, progress)
    else:
        ask_one_by_one(web, url, progress)
    return progress.report()


class Progress:
    """How far one round of questions has got."""

    def __init__(self, web: Web, names: Sequence[str], keep: Keep) -> None:
        self.names = tuple(dict.fromkeys(name for text in names if (name := canonical_name(text))))
        self.is_over = False
        self.requests = 0
        self._web = web
        self._keep = keep
        self._unaskable = tuple(dict.fromkeys(text for text in names if canonical_name(text) is None))
        self._answered: set[str] = set()
        self._failures_in_a_row = 0
        self._reason: str | None = None
        self._until: datetime | None = None
        self._left: int | None = None
        self._resets_at: datetime | None = None

    def ask(self, send: Callable[[], Exchange], classify: Callable[[Exchange], Verdict]) -> tuple[Exchange, Verdict]:
        """Send until the verdict is final, and keep every answer."""

        def send_and_keep() -> Exchange:
            exchange = send()
            self.requests += 1
            self._keep(exchange)
            return exchange

        return persist(send_and_keep, classify, sleep=self._web.sleep, now=self._web.now)

    def learn(self, exchange: Exchange, verdict: Verdict, reserve: int) -> list[str]:
        """Take in the last answer of a call and return the names it left open; may end the round."""
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
        """Leave the rest for another time; the first reason stays."""
        if not self.is_over:
            self.is_over, self._reason, self._until = True, reason, until

    def report(self) -> Report:
        """Return what was done; names without a definite answer are deferred, in the order given; unaskable last."""
        unanswered = tuple(name for name in self.names if name not in self._answered)
        deferred = unanswered + self._unaskable
        reason, until = (self._reason, self._until) if unanswered else (None, None)
        if self._unaskable and reason is None:
            reason = f"not the name of a GitHub repository: {self._unaskable[0][:150]!a}"
        if deferred:
            logger.warning("GitHub: %d repositories are left for later: %s", len(deferred), reason)
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
        # JSON with a 200 is GitHub at work: one repository that it cannot describe must not keep us from the others
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


def ask_one_by_one(web: Web, url: str, progress: Progress) -> None:
    """Ask REST for each name, until the quota is down to the reserve; a request is what a 301 costs as well."""
    for name in progress.names:
        address = f"{url}/repos/" + "/".join(quote(part, safe="") for part in name.split("/"))
        send = partial(web.send, "GET", address, service="github", asked=(name,), headers=headers_for(None))
        exchange, verdict = progress.ask(send, judge_one)
        progress.learn(exchange, verdict, RESERVED_REQUESTS)
        if progress.is_over:
            return


def ask_in_batches(web: Web, url: str, token: str, progress: Progress) -> None:
    """Ask GraphQL for 50 names at a time, and again for those a query left open, in halves down to a name alone."""
    queue = deque(cut(progress.names, BATCH_SIZE))
    while queue and not progress.is_over:
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
        exchange, verdict = progress.ask(send, judge_batch)
        raise_if_refused(exchange)
        open_names = progress.learn(exchange, verdict, reserve=0)
        if is_our_fault(exchange):
            progress.stop(verdict.reason, None)
        if open_names and len(batch) > 1 and not progress.is_over:
            web.sleep(HALVING_PAUSE_SECONDS)
            queue.extendleft(reversed(list(cut(open_names, len(batch) // 2))))


def judge_one(exchange: Exchange) -> Verdict:
    """Return what a REST answer means for the next request."""
    return judge(exchange, read_one(exchange, exchange.asked[0]).outcome)


def judge_batch(exchange: Exchange) -> Verdict:
    """Return what a GraphQL answer means for the next request.

    `ok` also where it only means that smaller batches are due: for a time-out of GitHub's, a limit on resources, and
    for whatever is left open once anything was learnt.
    """
    outcomes = {meaning.outcome for meaning in read(exchange)}
    if outcomes - INDEFINITE:
        return Verdict()
    if RATE_LIMITED in outcomes:
        return limit_verdict(exchange)
    is_too_much = exchange.status in (502, 504, None) or is_answered(exchange)
    return Verdict() if is_too_much and len(exchange.asked) > 1 else failure_verdict(exchange)


def is_answered(exchange: Exchange) -> bool:
    """Whether this is an answer of GitHub's, whatever it says, and not of something on the way."""
    return exchange.status == 200 and bool(decode_object(exchange.body))


def is_our_fault(exchange: Exchange) -> bool:
    """Whether GitHub will not have the query itself, so that no other batch would fare better."""
    return exchange.status is not None and 400 <= exchange.status < 500


def write_query(names: Sequence[str]) -> dict[str, object]:
    """Return the JSON of a query for `names`: r0 is the first. They travel as variables, never in the query's text."""
    indices = range(len(names))
    declared = ", ".join(f"$o{index}: String!, $n{index}: String!" for index in indices)
    asked = "\n".join(f"r{index}: repository(owner: $o{index}, name: $n{index}) {{ ...Facts }}" for index in indices)
    variables: dict[str, str] = {}
    for index, name in enumerate(names):
        variables[f"o{index}"], variables[f"n{index}"] = name.split("/")
    query = f"query ({declared}) {{\nrateLimit {{ cost remaining resetAt }}\n{asked}\n}}\n{FRAGMENT}"
    return {"query": query, "variables": variables}


def read_quota(exchange: Exchange) -> tuple[int | None, datetime | None, int]:
    """Return what is left, when it is filled up, and what this one cost; GraphQL says so in its body."""
    told = mapping(mapping(decode_object(exchange.body).get("data")).get("rateLimit"))
    try:
        left, resets_at, cost = number(told.get("remaining")), moment(told.get("resetAt")), number(told.get("cost"))
    except Malformed:
        left, resets_at, cost = None, None, None
    if left is None:
        return quota_left(exchange), quota_resets_at(exchange), 1
    return left, resets_at or quota_resets_at(exchange), cost or 1


def graphql_address(url: str) -> str:
    """Return where GraphQL is asked; a GitHub of one's own has it beside /api/v3, not below."""
    return f"{url.removesuffix('/v3') if url.endswith('/api/v3') else url}/graphql"


def headers_for(token: str | None) -> dict[str, str]:
    """Return what every request to GitHub's API carries. Raises TokenError for a token that no header can hold."""
    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
    if not token:
        return headers
    if not re.fullmatch("[!-~]+", token):
        raise TokenError("GITHUB_TOKEN holds blanks or characters that no token has: set it again, or unset it")
    return {**headers, "Authorization": f"Bearer {token}"}


def raise_if_refused(exchange: Exchange) -> None:
    """Raise TokenError for a 401 to a request that carried the token."""
    if exchange.status == 401:
        raise TokenError(
            "GitHub refused GITHUB_TOKEN (401): it is mistyped, expired or revoked. "
            "Set a valid one, or unset it to go on without, at sixty requests an hour."
        )


def cut(names: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    """Yield the names in order, `size` at a time."""
    for start in range(0, len(names), size):
        yield tuple(names[start : start + size])
