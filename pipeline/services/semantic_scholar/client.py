"""Request citation counts from Semantic Scholar, 500 papers a request, and store the responses, which reader.py reads.

Without a key everybody shares one pool, and a 429 at the first request is normal: what is left waits for the next run.
"""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from pipeline.core.errors import TokenError
from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report
from pipeline.http.retry import Verdict, parse_retry_after, persist
from pipeline.services.arxiv.ids import canonical_id
from pipeline.services.batches import cut
from pipeline.services.breaker import Breaker
from pipeline.services.semantic_scholar.reader import DEFINITE, SERVICE, read_complaint, read_response

PATH = "/graph/v1/paper/batch"
FIELDS = "externalIds,citationCount,influentialCitationCount,authors.authorId,authors.name"
BATCH_SIZE = 500  # more are refused
INTERVAL_SECONDS = 1.0  # as a key allows; politeness without one
TRIES = 3
BACKOFF_SECONDS = 5.0
LIMIT_BYTES = 32 * 1024 * 1024  # the service answers at most 10 MB
THROTTLED_PAUSE = timedelta(hours=6)  # a shared pool is as full an hour later, and counts are weekly
REFUSED_KEY_PAUSE = timedelta(days=1)  # a person has to come
UNREADABLE = Verdict("give_up", "Semantic Scholar: entries that cannot be read, or no arXiv ids")


def fetch_citations(
    web: Web,
    url: str,
    ids: Sequence[str],
    *,
    key: str | None,
    store: Callable[[Exchange], None],
    advance: Callable[[int], None] = lambda count: None,
) -> Report:
    """Request each distinct id once, in the order given, and report the result; `store` gets every response as it
    arrives, and `advance` the number of ids that it answers.

    `url` is the API's address without a trailing slash. Whatever the service does ends up as deferred ids; so does an
    id that is not canonical, without a request. Raises TokenError for a key that no header can hold.
    """
    session = CitationSession(web, url, headers_for(key), store)
    wanted = list(dict.fromkeys(ids))
    for batch in cut([arxiv_id for arxiv_id in wanted if canonical_id(arxiv_id) == arxiv_id], BATCH_SIZE):
        advance(session.ask(batch))
        if session.is_over:
            break
    return session.report(wanted)


def headers_for(key: str | None) -> dict[str, str]:
    """Return the headers of every request. Raises TokenError for a key that no header can hold."""
    headers = {"Accept": "application/json"}
    if not key:
        return headers
    if not re.fullmatch("[!-~]+", key):
        raise TokenError("SEMANTIC_SCHOLAR_API_KEY contains blanks or characters that no key has: set it again")
    return {**headers, "x-api-key": key}


class CitationSession:
    """The state of one call: what is answered, and whether to go on."""

    def __init__(self, web: Web, url: str, headers: dict[str, str], store: Callable[[Exchange], None]) -> None:
        self._web, self._headers, self._store = web, headers, store
        self._address = f"{url}{PATH}?fields={FIELDS}"
        self._pace = web.pace(url, INTERVAL_SECONDS)
        self._requests = 0
        self._answered: set[str] = set()
        self._breaker = Breaker(web.now)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be asked in this call."""
        return self._breaker.is_open

    def ask(self, batch: Sequence[str]) -> int:
        """Request a batch until the verdict is final; return how many of it are answered."""
        before = len(self._answered)
        classify = partial(classify_response, has_key="x-api-key" in self._headers)
        exchange, verdict = persist(partial(self._send, batch), classify, sleep=self._web.sleep, now=self._web.now)
        reading = read_response(exchange)
        if reading.is_answer:
            self._breaker.note_works()
        self._answered |= {arxiv_id for arxiv_id, outcome in reading.outcomes.items() if outcome in DEFINITE}
        self._breaker.note(verdict)
        return len(self._answered) - before

    def report(self, ids: Sequence[str]) -> Report:
        """Sum up; ids without a definite answer are deferred."""
        deferred = tuple(arxiv_id for arxiv_id in ids if arxiv_id not in self._answered)
        if not deferred:
            return Report(self._requests, len(self._answered))
        trouble = self._breaker.trouble or UNREADABLE
        return Report(self._requests, len(self._answered), deferred, trouble.reason, trouble.until)

    def _send(self, batch: Sequence[str]) -> Exchange:
        with self._pace.turn():
            exchange = self._web.send(
                "POST",
                self._address,
                service=SERVICE,
                asked=batch,
                headers=self._headers,
                json={"ids": [f"ARXIV:{arxiv_id}" for arxiv_id in batch]},
                limit_bytes=LIMIT_BYTES,
            )
        self._requests += 1
        self._store(exchange)
        return exchange


def classify_response(exchange: Exchange, *, has_key: bool) -> Verdict:
    """Return what to do next."""
    if read_response(exchange).is_answer:
        return Verdict()
    status = exchange.status
    if status is None:
        tries = 2 if exchange.is_unreachable else TRIES
        return Verdict("retry", f"no response from Semantic Scholar: {exchange.error}", tries=tries)
    if status == 429:
        return limit_verdict(exchange, has_key=has_key)
    if status in (401, 403) and has_key:
        until = exchange.fetched_at + REFUSED_KEY_PAUSE
        return Verdict("give_up", "Semantic Scholar refuses the key: set another or none", until=until)
    if 400 <= status < 500 and status != 408:
        said = read_complaint(exchange)[:150]
        why = f" ({said})" if said else ": check SEMANTIC_SCHOLAR_API_URL"
        return Verdict("give_up", f"Semantic Scholar answered {status}, and a retry would not help{why}")
    return Verdict("retry", f"Semantic Scholar answered {status} without usable content", tries=TRIES)


def limit_verdict(exchange: Exchange, *, has_key: bool) -> Verdict:
    """Return how long to wait for a limit; the service does not say."""
    reason = (
        "Semantic Scholar asks to slow down"
        if has_key
        else "Semantic Scholar's pool without a key is used up, as it often is; SEMANTIC_SCHOLAR_API_KEY helps"
    )
    wait = parse_retry_after(exchange.headers, exchange.fetched_at) or 0.0
    until = exchange.fetched_at + THROTTLED_PAUSE
    return Verdict("retry", reason, wait_seconds=wait, backoff_seconds=BACKOFF_SECONDS, tries=TRIES, until=until)
