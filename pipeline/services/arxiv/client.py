"""arXiv: ids in, papers out. Asks in batches and joins by id; what an answer means is a function of the answer alone.

Pace, waits and tries follow https://info.arxiv.org/help/api/tou.html and what the service is seen to do under load.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report
from pipeline.http.rate_limit import Pace
from pipeline.http.retry import Verdict, parse_retry_after, persist
from pipeline.services.arxiv.ids import canonical_id
from pipeline.services.arxiv.reader import SERVICE, Answer, read_answer

ACCEPT = "application/atom+xml, text/xml;q=0.9, */*;q=0.8"  # without it the service answers 406
BATCH_SIZE = 100  # an address of about 1.4 kB; 414 begins at about 8 kB
LIMIT_BYTES = 32 * 1024 * 1024  # a hundred entries with three thousand authors each are less
REDIRECT_HOSTS = frozenset({"export.arxiv.org", "arxiv.org"})
MOST_FAILURES_IN_A_ROW = 3
REPEATS_WITHOUT_WITNESS = 2  # between the first asking and the last
BREAKER_PAUSE = timedelta(seconds=600)
THROTTLED = frozenset({403, 406, 408, 429})


def classify(exchange: Exchange) -> Verdict:
    """Return what to do next; a refused batch is ok, but with a reason, since asking the same again is no use."""
    status = exchange.status
    if exchange.is_unreachable:
        return Verdict("retry", f"arXiv: {exchange.error}", tries=2)
    if status is None:
        return Verdict("retry", f"arXiv: {exchange.error}", backoff_seconds=5, tries=4)
    answer = read_answer(exchange)
    if answer.is_empty:
        return Verdict("retry", "arXiv: an empty feed for several ids", backoff_seconds=15, tries=3)
    if status == 500:
        return Verdict("retry", "arXiv: status 500", backoff_seconds=15, tries=2)
    if answer.is_refused:
        return Verdict("ok", f"arXiv: refused with status {status}")
    if answer.is_feed:
        return Verdict("ok")
    if status == 200 or status in THROTTLED or status > 500:
        reason = "arXiv: an answer that is no feed" if status == 200 else f"arXiv: status {status}, too busy for us"
        wait = parse_retry_after(exchange.headers, exchange.fetched_at) or 0
        return Verdict("retry", reason, wait_seconds=wait, backoff_seconds=60, tries=4)
    return Verdict("give_up", f"arXiv: status {status}, which it never gives: check ARXIV_API_URL")


def fetch_papers(
    web: Web,
    url: str,
    ids: Sequence[str],
    *,
    interval_seconds: float,
    keep: Callable[[Exchange], None],
    witness: str | None = None,
) -> Report:
    """Ask for `ids`, most wanted first, and report what came of it; every exchange goes to `keep` as it arrives.

    Ids that an answer lacked are asked once more, beside `witness`: an id that arXiv is known to have, from an earlier
    run. Whatever the service does ends as deferred ids, and so does an id that is not canonical, unasked.
    """
    inquiry = Inquiry(web, url, web.pace(url, interval_seconds), keep, witness)
    wanted = list(dict.fromkeys(ids))
    askable = [arxiv_id for arxiv_id in wanted if canonical_id(arxiv_id) == arxiv_id]
    inquiry.ask_first(askable)
    inquiry.ask_again(askable)
    return inquiry.report(wanted)


class Inquiry:
    """One call's conversation with arXiv: what is known so far, and whether to go on.

    An empty feed may be true or a failure. So whatever is asked again goes with a witness, an id that arXiv has:
    where the witness comes back, the absence of the others can be believed. Without one, an id that is asked alone
    has to be absent from four answers, and several of which none comes back stay deferred.
    """

    def __init__(self, web: Web, url: str, pace: Pace, keep: Callable[[Exchange], None], witness: str | None) -> None:
        self._web, self._url, self._pace, self._keep = web, url, pace, keep
        self._requests = 0
        self._answered: set[str] = set()
        self._absent: set[str] = set()  # lacking in a good answer
        self._unsure: set[str] = set()  # in batches of which nothing came back, three times
        self._witness = witness
        self._refusals = 0  # batches of several in a row that had to be split
        self._failures = 0  # batches in a row that came to nothing
        self._trouble: Verdict | None = None  # the last that did
        self._is_stopped = False

    def ask_first(self, ids: Sequence[str]) -> None:
        """Ask for all of them, in batches."""
        self._ask(ids, 1, BATCH_SIZE)

    def ask_again(self, ids: Sequence[str]) -> None:
        """Ask once more for those that were absent: with a witness, or one at a time where there is none."""
        for _ in range(REPEATS_WITHOUT_WITNESS):
            if self._witness is None:
                self._ask(self._absent_of(ids), 1, 1)
        self._ask(self._absent_of(ids), 2, 1 if self._witness is None else BATCH_SIZE - 1)

    def _absent_of(self, ids: Sequence[str]) -> list[str]:
        doubtful = self._absent if self._witness is None else self._absent | self._unsure
        left = doubtful - self._answered
        return [arxiv_id for arxiv_id in ids if arxiv_id in left]

    def report(self, ids: Sequence[str]) -> Report:
        """Sum it up; deferred are those that nothing definite is known of."""
        deferred = tuple(arxiv_id for arxiv_id in ids if arxiv_id not in self._answered)
        answered = len(ids) - len(deferred)
        if not deferred:
            return Report(self._requests, answered)
        trouble = self._trouble or Verdict("give_up", explain_deferred(deferred[0]))
        return Report(self._requests, answered, deferred, trouble.reason, trouble.until)

    def _ask(self, ids: Sequence[str], round: int, size: int) -> None:
        batches = deque(ids[start : start + size] for start in range(0, len(ids), size))
        parts: list[Sequence[str]] = []  # of batches refused: later, so that a bad id holds nobody up
        while (batches or parts) and not self._is_stopped:
            is_stuck = self._refusals >= MOST_FAILURES_IN_A_ROW  # small parts tell bad ids from a service that is down
            batch = parts.pop() if parts and (is_stuck or not batches) else batches.popleft()
            exchange, verdict = persist(
                partial(self._send, batch, round), classify, sleep=self._web.sleep, now=self._web.now
            )
            answer = read_answer(exchange)
            self._learn(batch, answer)
            if len(batch) > 1 and (answer.is_refused or exchange.status == 500):
                middle = len(batch) // 2
                parts += [batch[middle:], batch[:middle]]
                self._refusals += 1
            else:
                self._judge(verdict)

    def _send(self, batch: Sequence[str], round: int) -> Exchange:
        witnesses = [self._witness] if round == 2 and self._witness else []
        asked = [*batch, *witnesses]
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
        self._keep(exchange)
        return exchange

    def _learn(self, batch: Sequence[str], answer: Answer) -> None:
        for arxiv_id, outcome in answer.outcomes.items():
            if outcome in ("found", "not_found", "rejected"):
                self._answered.add(arxiv_id)
            if outcome == "found":
                self._witness = arxiv_id
            if outcome == "missing":
                self._absent.add(arxiv_id)
                self._witness = None if arxiv_id == self._witness else self._witness  # cannot vouch for itself
        if answer.is_empty:
            self._unsure.update(batch)

    def _judge(self, verdict: Verdict) -> None:
        if verdict.reason is None:
            self._failures = self._refusals = 0
            return
        self._failures += 1
        self._is_stopped = verdict.until is not None or self._failures >= MOST_FAILURES_IN_A_ROW
        until = verdict.until or (self._web.now() + BREAKER_PAUSE if self._is_stopped else None)
        self._trouble = replace(verdict, until=until)


def explain_deferred(arxiv_id: str) -> str:
    """Return why an id has no answer although arXiv gave one for every request."""
    if canonical_id(arxiv_id) != arxiv_id:
        return f"not an arXiv id: {arxiv_id[:150]!a}"
    return "arXiv: entries that cannot be read"
