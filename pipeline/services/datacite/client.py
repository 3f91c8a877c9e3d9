"""Request arXiv's papers from DataCite in batches, and store the responses, which reader.py reads.

The list of ids is read from DataCite's source and was never seen in a real exchange: where it is refused, or has
nothing of papers that are there, the same ids are asked for by a query. Limits: docs/services.md.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report
from pipeline.http.retry import Verdict, parse_retry_after, persist
from pipeline.services.arxiv.ids import canonical_id
from pipeline.services.batches import Batches
from pipeline.services.breaker import Breaker
from pipeline.services.datacite.reader import PREFIX, SERVICE, Reading, read_response

ACCEPT = "application/vnd.api+json"
BATCH_SIZE = 100  # about 2.7 kB of URL; the limit is not known
QUERY_SIZE = 50  # as a client was seen to do
PAGE = {"page[size]": "1000", "disable-facets": "true"}  # without a size 25 records come back
LIMIT_BYTES = 64 * 1024 * 1024  # a hundred records with their XML take some 3 MB
WINDOW = timedelta(minutes=5)  # of the limit
FIRST_BACKOFF_SECONDS = 5.0  # as long as nothing has worked
PASSING = frozenset({200, 403, 408})  # with these, a body that is no list may be another one in a moment


def classify(exchange: Exchange) -> Verdict:
    """Return what to do next. A refused batch is `ok` with a reason: sending it again would not help."""
    status = exchange.status
    if exchange.is_unreachable:
        return Verdict("retry", f"DataCite: {exchange.error}", tries=2)
    if status is None:
        return Verdict("retry", f"DataCite: {exchange.error}", backoff_seconds=5, tries=4)
    reading = read_response(exchange)
    if reading.is_refused:
        return Verdict("ok", f"DataCite: refused with status {status}")
    if reading.is_list:
        return Verdict("ok")
    if status == 429:
        wait = parse_retry_after(exchange.headers, exchange.fetched_at) or 0
        until = exchange.fetched_at + max(WINDOW, timedelta(seconds=wait))
        reason = "DataCite: status 429, throttled"
        return Verdict("retry", reason, wait_seconds=wait, backoff_seconds=30, tries=3, until=until)
    if status in PASSING or status >= 500:
        reason = "DataCite: a response that is no list" if status == 200 else f"DataCite: status {status}"
        return Verdict("retry", reason, backoff_seconds=10, tries=3)
    return Verdict("give_up", f"DataCite: unexpected status {status}: check DATACITE_API_URL")


def classify_first(exchange: Exchange) -> Verdict:
    """Return what to do as long as nothing has worked: a service that is down costs seconds, and is asked later."""
    verdict = classify(exchange)
    backoff = min(verdict.backoff_seconds, FIRST_BACKOFF_SECONDS)
    return replace(verdict, tries=min(verdict.tries, 2), backoff_seconds=backoff)


def fetch_records(
    web: Web,
    url: str,
    ids: Sequence[str],
    *,
    known: Collection[str] = (),
    store: Callable[[Exchange], None],
    advance: Callable[[int], None] = lambda count: None,
) -> Report:
    """Request `ids`, most important first, and report the result; `store` gets every response as it arrives, and
    `advance` the number of ids that it answers.

    known: ids that DataCite should have, so that nothing of them is no answer. An id that is missing is answered: not
    yet. Whatever else the service does ends up as deferred ids; so does an id that is not canonical, without a request.
    """
    session = RecordSession(web, url, frozenset(known), store, advance)
    wanted = list(dict.fromkeys(ids))
    session.ask([arxiv_id for arxiv_id in wanted if canonical_id(arxiv_id) == arxiv_id])
    return session.report(wanted)


def write_address(url: str, ids: Sequence[str], *, by_query: bool) -> str:
    """Return the address for some ids. In a query, what means something to Lucene is escaped."""
    if by_query:
        dois = " OR ".join('"' + f"{PREFIX}{arxiv_id}".replace("/", r"\/") + '"' for arxiv_id in ids)
        asked = {"query": f"doi:({dois})"}
    else:
        asked = {"ids": ",".join(f"10.48550/arXiv.{arxiv_id}" for arxiv_id in ids)}
    return f"{url}/dois?{urlencode(asked | PAGE, safe=',/[]')}"


class RecordSession:
    """The state of one call: what is known so far, in which form to ask, and whether to go on."""

    def __init__(
        self,
        web: Web,
        url: str,
        known: frozenset[str],
        store: Callable[[Exchange], None],
        advance: Callable[[int], None],
    ) -> None:
        self._web, self._url, self._known, self._store, self._advance = web, url, known, store, advance
        self._requests = 0
        self._answered: set[str] = set()
        self._by_query = False
        self._breaker = Breaker(web.now)

    def ask(self, ids: Sequence[str]) -> None:
        """Request them in batches; from the first refusal of a list on, by query."""
        left = self._ask_listed(ids)
        if left:
            self._by_query = True
            self._ask_by_query(left)

    def report(self, ids: Sequence[str]) -> Report:
        """Sum up; ids without an answer are deferred."""
        deferred = tuple(arxiv_id for arxiv_id in ids if arxiv_id not in self._answered)
        answered = len(ids) - len(deferred)
        if not deferred:
            return Report(self._requests, answered)
        trouble = self._breaker.trouble or Verdict("give_up", explain_deferred(deferred[0]))
        return Report(self._requests, answered, deferred, trouble.reason, trouble.until)

    def _ask_listed(self, ids: Sequence[str]) -> list[str]:
        """Request ids by list; return those to ask for by query, which are all from the first refusal on."""
        for start in range(0, len(ids), BATCH_SIZE):
            if self._breaker.is_open:
                break
            batch = ids[start : start + BATCH_SIZE]
            reading, verdict = self._request(batch)
            if reading.is_refused or (reading.is_empty and not self._known.isdisjoint(batch)):
                return list(ids[start:])
            self._learn(reading)
            self._breaker.note(verdict)
        return []

    def _ask_by_query(self, ids: Sequence[str]) -> None:
        batches = Batches(ids, QUERY_SIZE)
        while batches and not self._breaker.is_open:
            batch, _ = batches.take()
            reading, verdict = self._request(batch)
            self._learn(reading)
            if verdict.reason is None:
                batches.note_progress()
            if reading.is_refused and len(batch) > 1:
                batches.halve(batch, batch)
            self._breaker.note(verdict)

    def _request(self, batch: Sequence[str]) -> tuple[Reading, Verdict]:
        judge = self._breaker.choose(classify, classify_first)
        exchange, verdict = persist(partial(self._send, batch), judge, sleep=self._web.sleep, now=self._web.now)
        reading = read_response(exchange)
        if reading.is_list:
            self._breaker.note_works()
        return reading, verdict

    def _send(self, batch: Sequence[str]) -> Exchange:
        exchange = self._web.send(
            "GET",
            write_address(self._url, batch, by_query=self._by_query),
            service=SERVICE,
            asked=batch,
            round=2 if self._by_query else 1,
            headers={"Accept": ACCEPT},
            limit_bytes=LIMIT_BYTES,
        )
        self._requests += 1
        self._store(exchange)
        return exchange

    def _learn(self, reading: Reading) -> None:
        before = len(self._answered)
        self._answered.update(
            arxiv_id for arxiv_id, outcome in reading.outcomes.items() if outcome in ("found", "missing")
        )
        self._advance(len(self._answered) - before)


def explain_deferred(arxiv_id: str) -> str:
    """Return why an id is deferred although every request was answered."""
    if canonical_id(arxiv_id) != arxiv_id:
        return f"not an arXiv id: {arxiv_id[:150]!a}"
    return "DataCite: unreadable records"
