"""Request papers from arXiv in batches, and store the responses, which reader.py reads.

Pace, waits and tries follow the terms of use and what the service does under load: docs/services.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report
from pipeline.http.rate_limit import Turns
from pipeline.http.retry import Verdict, parse_retry_after, persist
from pipeline.services.arxiv.ids import canonical_id
from pipeline.services.arxiv.reader import SERVICE, Reading, read_response
from pipeline.services.batches import Batches
from pipeline.services.breaker import Breaker, once

ACCEPT = "application/atom+xml, text/xml;q=0.9, */*;q=0.8"  # without it arXiv answers 406
BATCH_SIZE = 100  # about 1.4 kB of URL; from about 8 kB arXiv answers 414
LIMIT_BYTES = 32 * 1024 * 1024  # more than a hundred entries of three thousand authors each
REDIRECT_HOSTS = frozenset({"export.arxiv.org", "arxiv.org"})
REPEATS_WITHOUT_CONTROL = 2  # between the first request for an id and the last
THROTTLED_PAUSE = timedelta(seconds=240)
FIRST_BACKOFF_SECONDS = 15.0  # as long as nothing has worked
THROTTLED = frozenset({403, 406, 408, 429})


def classify(exchange: Exchange) -> Verdict:
    """Return what to do next. A refused batch is `ok` with a reason: sending it again would not help."""
    status = exchange.status
    if exchange.is_unreachable:
        return Verdict("retry", f"arXiv: {exchange.error}", tries=2)
    if status is None:
        return Verdict("retry", f"arXiv: {exchange.error}", backoff_seconds=5, tries=4)
    reading = read_response(exchange)
    if reading.is_empty:
        return Verdict("retry", "arXiv: an empty feed for several ids", backoff_seconds=15, tries=3)
    if status == 500 or (reading.is_spoilt and not reading.is_refused):
        reason = "arXiv: status 500" if status == 500 else "arXiv: a feed that is not XML"
        return Verdict("retry", reason, backoff_seconds=15, tries=2)
    if reading.is_refused:
        return Verdict("ok", f"arXiv: refused with status {status}")
    if reading.is_feed:
        return Verdict("ok")
    if status == 200 or status in THROTTLED or status > 500:
        reason = (
            "arXiv: a response that is not a feed"
            if status == 200
            else f"arXiv: status {status}, throttled or overloaded"
        )
        wait = parse_retry_after(exchange.headers, exchange.fetched_at) or 0
        until = exchange.fetched_at + THROTTLED_PAUSE
        return Verdict("retry", reason, wait_seconds=wait, backoff_seconds=60, tries=4, until=until)
    return Verdict("give_up", f"arXiv: unexpected status {status}: check ARXIV_API_URL")


def classify_first(exchange: Exchange) -> Verdict:
    """Return what to do as long as nothing has worked: a service that is down costs seconds, and is asked later."""
    verdict = classify(exchange)
    if read_response(exchange).is_feed:  # an empty one: it does work
        return verdict
    is_throttled = exchange.status in THROTTLED
    backoff = verdict.backoff_seconds if is_throttled else min(verdict.backoff_seconds, FIRST_BACKOFF_SECONDS)
    return replace(verdict, tries=min(verdict.tries, 2), backoff_seconds=backoff)


def fetch_papers(
    web: Web,
    url: str,
    ids: Sequence[str],
    *,
    interval_seconds: float,
    store: Callable[[Exchange], None],
    advance: Callable[[int], None] = lambda count: None,
    control_id: str | None = None,
) -> Report:
    """Request `ids`, most important first, and report the result; `store` gets every response as it arrives, and
    `advance` the number of ids that it answers.

    Ids missing from a response are requested once more together with `control_id`, which arXiv is known to have from
    an earlier run. Whatever the service does ends up as deferred ids; so does an id that is not canonical, without a
    request.
    """
    session = PaperSession(web, url, web.pace(url, interval_seconds), store, advance, control_id)
    wanted = list(dict.fromkeys(ids))
    askable = [arxiv_id for arxiv_id in wanted if canonical_id(arxiv_id) == arxiv_id]
    session.ask_first(askable)
    session.ask_again(askable)
    return session.report(wanted)


class PaperSession:
    """The state of one call: what is known so far, and whether to go on.

    An empty feed may be true or a failure. So repeated requests carry a control id that arXiv has: if it comes back,
    the others are absent indeed. Without one, an id requested alone must be absent from four responses, and a batch
    of which nothing comes back stays deferred.
    """

    def __init__(
        self,
        web: Web,
        url: str,
        pace: Turns,
        store: Callable[[Exchange], None],
        advance: Callable[[int], None],
        control_id: str | None,
    ) -> None:
        self._web, self._url, self._pace, self._store, self._advance = web, url, pace, store, advance
        self._requests = 0
        self._answered: set[str] = set()
        self._absent: set[str] = set()  # missing from a good response
        self._unsure: set[str] = set()  # in batches of which nothing came back in three tries
        self._control_id = control_id
        self._breaker = Breaker(web.now)

    def ask_first(self, ids: Sequence[str]) -> None:
        """Request all of them, in batches."""
        self._ask(ids, 1, BATCH_SIZE)

    def ask_again(self, ids: Sequence[str]) -> None:
        """Request absent ids again: with a control id, or one at a time if there is none."""
        for _ in range(REPEATS_WITHOUT_CONTROL):
            if self._control_id is None:
                self._ask(self._absent_of(ids), 1, 1)
        self._ask(self._absent_of(ids), 2, 1 if self._control_id is None else BATCH_SIZE - 1)

    def _absent_of(self, ids: Sequence[str]) -> list[str]:
        doubtful = self._absent if self._control_id is None else self._absent | self._unsure
        left = doubtful - self._answered
        return [arxiv_id for arxiv_id in ids if arxiv_id in left]

    def report(self, ids: Sequence[str]) -> Report:
        """Sum up; ids without a definite answer are deferred."""
        deferred = tuple(arxiv_id for arxiv_id in ids if arxiv_id not in self._answered)
        answered = len(ids) - len(deferred)
        if not deferred:
            return Report(self._requests, answered)
        trouble = self._breaker.trouble or Verdict("give_up", explain_deferred(deferred[0]))
        return Report(self._requests, answered, deferred, trouble.reason, trouble.until)

    def _ask(self, ids: Sequence[str], round: int, size: int) -> None:
        batches = Batches(ids, size)
        while batches and not self._breaker.is_open:
            batch, is_part = batches.take()
            judge = once(classify) if is_part else self._breaker.choose(classify, classify_first)
            exchange, verdict = persist(
                partial(self._send, batch, round), judge, sleep=self._web.sleep, now=self._web.now
            )
            reading = read_response(exchange)
            self._learn(batch, reading)
            if verdict.reason is None:
                batches.note_progress()
            if len(batch) > 1 and (reading.is_refused or reading.is_spoilt or exchange.status == 500):
                batches.halve(batch, batch)
            else:
                self._breaker.note(verdict)

    def _send(self, batch: Sequence[str], round: int) -> Exchange:
        control_ids = [self._control_id] if round == 2 and self._control_id else []
        asked = [*batch, *control_ids]
        query = urlencode({"id_list": ",".join(asked), "start": 0, "max_results": len(asked)}, safe=",/")
        with self._pace.turn():
            exchange = self._web.send(
                "GET",
                f"{self._url}?{query}",
                service=SERVICE,
                asked=asked,
                round=round,
                headers={"Accept": ACCEPT},
                limit_bytes=LIMIT_BYTES,
                may_redirect_to=REDIRECT_HOSTS,
            )
        self._requests += 1
        self._store(exchange)
        return exchange

    def _learn(self, batch: Sequence[str], reading: Reading) -> None:
        before = len(self._answered)
        if reading.is_feed:
            self._breaker.note_works()
        for arxiv_id, outcome in reading.outcomes.items():
            if outcome in ("found", "not_found", "rejected"):
                self._answered.add(arxiv_id)
            if outcome == "found":
                self._control_id = arxiv_id
            if outcome == "missing":
                self._absent.add(arxiv_id)
                self._control_id = None if arxiv_id == self._control_id else self._control_id  # no longer proven
        if reading.is_empty:
            self._unsure.update(batch)
        self._advance(len(self._answered) - before)


def explain_deferred(arxiv_id: str) -> str:
    """Return why an id is deferred although every request was answered."""
    if canonical_id(arxiv_id) != arxiv_id:
        return f"not an arXiv id: {arxiv_id[:150]!a}"
    return "arXiv: entries that are unreadable, or missing with nothing to prove it"
