"""Request models, data sets, spaces and papers from Hugging Face and store the responses.

reader.py and papers.py read them. One request each, since the service has no batches. Its answers say how many requests
are left: when few are, the rest waits for the next window, once at most, and is deferred after that.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from pipeline.core.terminal import one_line
from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report
from pipeline.http.quota import least_quota, quota_renews_at
from pipeline.http.retry import Verdict, parse_retry_after, persist
from pipeline.services.github.json_values import decode_object
from pipeline.services.hub import papers, reader
from pipeline.services.hub.reader import FAILED, RATE_LIMITED, UNAUTHORIZED, Meaning
from pipeline.services.hub.resources import resource_address, split_subject, unknown_fields, without_fields

logger = logging.getLogger(__name__)

RESERVED_REQUESTS = 10  # of 500 in five minutes, for the lists of days, which have the same quota
LONGEST_PAUSE = timedelta(minutes=6)  # of one call, all its pauses together; a window is five minutes
UNNAMED_PAUSE = timedelta(seconds=60)  # after a 429 that does not say how long
HOST_PAUSE = timedelta(minutes=30)  # after a 403, which no limit of this service is
LIMIT_TRIES = 3  # of one resource
BREAKER_FAILURES = 3  # consecutive resources that failed after every try
BREAKER_PAUSE = timedelta(minutes=10)
Quota = tuple[int, datetime]  # requests left, and when it renews
QUOTA_SPENT = "Hugging Face's quota is used up"
REFUSED = (
    "HF_TOKEN was refused (401): it is mistyped, expired or revoked, and this run goes on without it. "
    "Set a valid one, or unset it."
)


@dataclass(frozen=True)
class Question:
    """What is asked about: how it is named in messages, where it is, what an answer means, how long to wait."""

    service: str
    noun: str
    plural: str
    address: Callable[[str, str], str | None]  # of the service's address and a subject; None: cannot be there
    read: Callable[[Exchange, str], Meaning]
    patience: timedelta  # of one call, all its pauses together


def locate_resource(url: str, subject: str) -> str | None:
    asked = split_subject(subject)
    return None if asked is None else resource_address(url, *asked)


RESOURCES = Question(reader.SERVICE, "resource", "resources", locate_resource, reader.read, LONGEST_PAUSE)
# What a window has left when all else is asked for: a run does not grow longer for papers.
PAPERS = Question(papers.SERVICE, "paper", "papers", papers.paper_address, papers.read_paper, timedelta())


def fetch_resources(
    web: Web,
    url: str,
    subjects: Sequence[str],
    *,
    token: str | None,
    store: Callable[[Exchange], None],
    advance: Callable[[int], None] = lambda count: None,
    refuse: Callable[[str], None] = lambda reason: None,
    quota: Quota | None = None,
    question: Question = RESOURCES,
) -> Report:
    """Request each distinct `kind/owner/name` once, in the order given; `store` gets every response before the next
    request, `advance` the number of resources that it answers, and `refuse` a sentence if the token is refused, which
    is not sent again.

    `url` is the service's address without a trailing slash, and the token goes there alone. Names are sent as spelled,
    and compared in lower case. What cannot be a resource is deferred without a request. `quota` is what an earlier
    answer told, if any: of a window that is used up nothing is asked.
    """
    session = Session(question, web, url, token, store, refuse)
    session.expect(quota)
    seen: set[str] = set()
    for subject in subjects:
        if subject.lower() in seen:
            continue
        seen.add(subject.lower())
        if session.ask(subject):
            advance(1)
    return session.report()


# The same for arXiv ids.
fetch_papers = partial(fetch_resources, question=PAPERS)


class Session:
    """The state of one call: what is answered, what is left, and whether to go on."""

    def __init__(
        self,
        question: Question,
        web: Web,
        url: str,
        token: str | None,
        store: Callable[[Exchange], None],
        refuse: Callable[[str], None],
    ) -> None:
        self._question = question
        self._web, self._url, self._token = web, url, token
        self._store, self._refuse = store, refuse
        self._requests = self._answered = self._failures_in_a_row = 0
        self._deferred: list[str] = []
        self._is_over = False
        self._reason: str | None = None
        self._until: datetime | None = None
        self._free_at: datetime | None = None  # no request before that moment
        self._patience = question.patience
        self._quota: Quota | None = None
        self._unknown: dict[str, frozenset[str]] = {}  # by kind, fields that the service knows no more

    def expect(self, quota: Quota | None) -> None:
        """Go on from what an earlier answer told of the quota."""
        self._quota = quota or self._quota
        if self._quota and self._quota[0] <= RESERVED_REQUESTS:
            self._free_at = self._quota[1]

    def ask(self, subject: str) -> bool:
        """Request a subject, unless the session is over; return whether that was answered."""
        address = self._question.address(self._url, subject)
        if address is None:
            self._reason = self._reason or f"not the name of a {self._question.noun}: {subject[:150]!a}"
        elif not self._is_over and self._ask(subject, address):
            self._answered += 1
            return True
        self._deferred.append(subject)
        return False

    def report(self) -> Report:
        if self._deferred:
            noun = self._question.plural
            logger.warning("Hugging Face: %d %s are deferred: %s", len(self._deferred), noun, self._reason)
        left, renews_at = self._quota or (None, None)
        reason, until = (self._reason, self._until) if self._deferred else (None, None)
        return Report(self._requests, self._answered, tuple(self._deferred), reason, until, left, renews_at)

    def _ask(self, subject: str, address: str) -> bool:
        """Request it, and again if the token or a field is refused, or a limit passes soon."""
        for _ in range(LIMIT_TRIES):
            if not self._wait():
                return False
            fields = self._unknown.get(kind_of(subject), frozenset())
            send = partial(self._send, subject, without_fields(address, fields))
            answer, verdict = persist(
                send, partial(verdict_on, self._question, subject), sleep=self._web.sleep, now=self._web.now
            )
            outcome = self._question.read(answer, subject).outcome
            self.expect(least_quota(answer))
            if outcome == UNAUTHORIZED and self._token is not None:
                self._token = None
                self._refuse(REFUSED)
            elif outcome == RATE_LIMITED:
                self._free_at = verdict.until
            elif not self._leave_out_fields(subject, answer):
                return self._learn(outcome, verdict)
        self._stop(QUOTA_SPENT, self._free_at)
        return False

    def _leave_out_fields(self, subject: str, answer: Exchange) -> bool:
        """Whether the service refuses fields that can be done without, and was not asked without them before."""
        kind = kind_of(subject)
        unknown = unknown_fields(kind, read_complaint(answer)) if answer.status == 400 else frozenset[str]()
        known = self._unknown.get(kind, frozenset())
        self._unknown[kind] = known | unknown
        return not unknown <= known

    def _send(self, subject: str, address: str) -> Exchange:
        self._requests += 1
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {self._token}"} if self._token else {})
        asked = (subject.lower(),)
        exchange = self._web.send("GET", address, service=self._question.service, asked=asked, headers=headers)
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

    def _learn(self, outcome: str, verdict: Verdict) -> bool:
        """Note whether a subject was answered; may end the session."""
        if outcome not in (FAILED, UNAUTHORIZED):
            self._failures_in_a_row = 0
            return True
        self._failures_in_a_row += 1
        self._reason = self._reason or verdict.reason
        if verdict.until is not None:
            self._stop(verdict.reason, verdict.until)
        elif self._failures_in_a_row >= BREAKER_FAILURES:
            self._stop(
                f"{verdict.reason}, {BREAKER_FAILURES} {self._question.plural} in a row",
                self._web.now() + BREAKER_PAUSE,
            )
        return False

    def _stop(self, reason: str | None, until: datetime | None) -> None:
        self._is_over, self._reason, self._until = True, reason, until


def verdict_on(question: Question, subject: str, exchange: Exchange) -> Verdict:
    """Return what to do after a response: docs/services.md."""
    outcome = question.read(exchange, subject).outcome
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
    said = read_complaint(exchange)[:150]
    why = f" ({said})" if said else ": check HF_API_URL"
    return Verdict("give_up", f"Hugging Face answered {exchange.status}, and a retry would not help{why}")


def kind_of(subject: str) -> str:
    return subject.partition("/")[0].lower()


def read_complaint(exchange: Exchange) -> str:
    """Return the words of an error, harmless and on one line; empty if there are none."""
    words = decode_object(exchange.body).get("error")
    return one_line(words) if isinstance(words, str) else ""


def limit_ends_at(exchange: Exchange) -> datetime:
    """Return when to go on after a 429: as late as either header says; without one, in a minute."""
    told = parse_retry_after(exchange.headers, exchange.fetched_at)
    moments = [quota_renews_at(exchange), None if told is None else exchange.fetched_at + timedelta(seconds=told)]
    return max((moment for moment in moments if moment), default=exchange.fetched_at + UNNAMED_PAUSE)
