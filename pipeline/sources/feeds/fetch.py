"""Look at days of a list of papers that is given in pages of JSON, paced and retried; failures are values."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from pipeline.core.errors import PageError, SourceError
from pipeline.http.client import Web
from pipeline.http.exchange import Exchange
from pipeline.http.quota import quota_renews_at
from pipeline.http.retry import Verdict, parse_retry_after, persist
from pipeline.sources.feeds.daily_papers import paper_id
from pipeline.sources.feeds.entries import read_entries
from pipeline.sources.feeds.responses import describe_refusal, is_not_yet, next_page

SERVICE = "feed"
MOST_PAGES = 50  # of one look; a day has had 87 papers, which is one
MOST_FAILURES_IN_A_ROW = 3  # looks
PAGE_LIMIT_BYTES = 16 * 1024 * 1024
LOOK_LIMIT_BYTES = 64 * 1024 * 1024  # of all pages of a look
LONGEST_PAUSE = timedelta(minutes=6)  # a window is five; a backfill of all days needs more requests than one window has
UNNAMED_PAUSE = timedelta(seconds=60)  # after a 429 that does not say how long
HOST_PAUSE = timedelta(minutes=30)  # after a 403, which no limit of this service is
REFUSED = (
    "the token was refused (401): it is mistyped, expired or revoked, and this run goes on without it. "
    "Set a valid one, or unset it."
)


@dataclass(frozen=True)
class FetchedLook:
    """What came of one look at a day; to be stored together."""

    exchanges: tuple[
        Exchange, ...
    ]  # a page each, in order, with x-look and x-page; a look is cut by the last if that failed
    requests: int  # every try
    reason: str | None = None  # why it is of no use, for a person; None if it is complete or the day has not begun
    until: datetime | None = None  # with a reason: when to go on; None: any time
    refusal: str | None = None  # that the token was refused, for a person: ask without it from now on
    free_at: datetime | None = None  # there are no requests left until then

    @property
    def is_not_yet(self) -> bool:
        """Whether the day has not begun."""
        return self.reason is None and is_not_yet(self.exchanges[-1])


def fetch_looks(web: Web, questions: Iterable[tuple[str, str]], *, token: str | None = None) -> Iterator[FetchedLook]:
    """Look at one day after the other, each given by the address of its first page and its subject.

    Yields a look a day, in order. After a limit, or repeated failures, the rest is not asked, and says why.
    """
    stop: str | None = None
    until: datetime | None = None
    free_at: datetime | None = None
    failures = 0
    for first_url, subject in questions:
        if stop is not None:
            yield not_asked(first_url, subject, web.now(), stop, until)
            continue
        look = fetch_look(web, first_url, subject, token=token, free_at=free_at)
        token, free_at = None if look.refusal else token, look.free_at
        failures = 0 if look.reason is None else failures + 1
        if look.until is not None or failures == MOST_FAILURES_IN_A_ROW:
            stop, until = look.reason, look.until
        yield look


def fetch_look(
    web: Web, first_url: str, subject: str, *, token: str | None = None, free_at: datetime | None = None
) -> FetchedLook:
    """Request all pages of a day's list as it is now. `free_at`: no request before that moment.

    The token goes to the origin of `first_url` and nowhere else.
    """
    asking = Asking(web, first_url, subject, token, free_at)
    url: str | None = first_url
    while url is not None:
        url = asking.ask(url)
    asking.ask_again()
    return asking.finish()


class Asking:
    """The state of one look."""

    def __init__(self, web: Web, first_url: str, subject: str, token: str | None, free_at: datetime | None) -> None:
        self._web, self._first_url, self._subject = web, first_url, subject
        self._token = token
        self._free_at = free_at
        self._answers: list[Exchange] = []
        self._requests = 0
        self._reason: str | None = None
        self._until: datetime | None = None
        self._refusal: str | None = None
        self._has_paused = False

    def ask(self, url: str) -> str | None:
        """Request a page; return the address of the next one, None if the look is over."""
        return self._follow(self._answers[-1]) if self._take(url) else None

    def ask_again(self) -> None:
        """Request each page but the last once more if a paper is on two of them.

        What fell to a later page while the look was under way made room for one that rose, perhaps to a page that had
        been read. The new answers stand before the last page, as pages of the same look. What moves meanwhile, the next
        look finds; without an answer the look has failed, since a paper may be missing.
        """
        if self._reason is not None or len(self._answers) == 1 or not has_moved(self._answers):
            return
        for page in self._answers[:-1]:
            if not self._take(page.url):
                return
            self._answers.insert(-1, self._answers.pop())

    def _take(self, url: str) -> bool:
        """Request a page; return whether it came."""
        if not self._wait(url):
            return False
        answer, verdict = self._persist(url)
        self._reason, self._until = verdict.reason, verdict.until
        self._free_at = quota_renews_at(answer)
        self._answers.append(answer)
        if answer.status != 200 or self._reason is not None:
            if self._reason is None and len(self._answers) > 1:
                self._disbelieve(f"{url}: the day has not begun, after a page of it")
            return False
        return True

    def finish(self) -> FetchedLook:
        seen_at = self._answers[0].fetched_at.isoformat()
        marks = ({"x-look": seen_at, "x-page": str(page)} for page in range(len(self._answers)))
        marked = zip(self._answers, marks, strict=True)
        pages = tuple(replace(answer, headers={**answer.headers, **mark}) for answer, mark in marked)
        return FetchedLook(pages, self._requests, self._reason, self._until, self._refusal, self._free_at)

    def _wait(self, url: str) -> bool:
        """Wait until there are requests again; if that is long, end the look and return False."""
        if self._free_at is None or self._pause(self._free_at):
            return True
        now = self._web.now()
        reason = f"{urlsplit(url).netloc}: no requests are left until {self._free_at:%H:%M} UTC"
        self._reason, self._until = reason, self._free_at
        self._answers += not_asked(url, self._subject, now, reason, self._until).exchanges
        return False

    def _pause(self, until: datetime) -> bool:
        """Wait until then; if that is too long, return False at once."""
        wait = until - self._web.now()
        if timedelta() < wait <= LONGEST_PAUSE:
            self._web.sleep(wait.total_seconds())
        return wait <= LONGEST_PAUSE

    def _persist(self, url: str) -> tuple[Exchange, Verdict]:
        """Send until the verdict is final; without the token once it is refused, and once after a limit has passed."""
        answer, verdict = persist(partial(self._send, url), look_verdict, sleep=self._web.sleep, now=self._web.now)
        if answer.status == 401 and self._token is not None:
            self._token, self._refusal = None, REFUSED
            return self._persist(url)
        if answer.status == 429 and verdict.until and not self._has_paused and self._pause(verdict.until):
            self._has_paused = True
            return self._persist(url)
        return answer, verdict

    def _send(self, url: str) -> Exchange:
        self._requests += 1
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {self._token}"} if self._token else {})
        asked = (self._subject,)
        return self._web.send("GET", url, service=SERVICE, asked=asked, headers=headers, limit_bytes=PAGE_LIMIT_BYTES)

    def _follow(self, answer: Exchange) -> str | None:
        try:
            url = next_page(answer, self._first_url)
        except SourceError as error:
            return self._disbelieve(str(error))
        if url in {page.url for page in self._answers}:
            return self._disbelieve(f"{answer.url}: the next page is one that was there before")
        if url is not None and len(self._answers) == MOST_PAGES:
            return self._disbelieve(f"{answer.url}: more than {MOST_PAGES} pages")
        if url is not None and sum(len(page.body or b"") for page in self._answers) > LOOK_LIMIT_BYTES:
            return self._disbelieve(f"{answer.url}: more than {LOOK_LIMIT_BYTES} bytes, and another page")
        return url

    def _disbelieve(self, reason: str) -> None:
        """Fail the look by its last page, which says what cannot be."""
        self._reason = reason
        self._answers[-1] = replace(self._answers[-1], error=reason)


def has_moved(pages: Sequence[Exchange]) -> bool:
    """Whether a paper is on two pages: their order changed while they were read."""
    shown = list(map(papers_on, pages))
    return sum(map(len, shown)) > len(set[str]().union(*shown))


def papers_on(page: Exchange) -> set[str]:
    """Return the ids of the papers on a page; none where they cannot be read."""
    try:
        _, entries = read_entries(page.body or b"")
    except PageError:
        return set()
    return {paper for entry in entries if (paper := paper_id(entry))}


def look_verdict(exchange: Exchange) -> Verdict:
    """Return what to do after a response for a page of a list: docs/services.md."""
    if (exchange.status == 200 and is_list(exchange)) or is_not_yet(exchange):
        return Verdict()
    answer = f"{exchange.url}: " + (exchange.error or f"HTTP {exchange.status}")
    if exchange.status == 429:
        return limit_verdict(exchange, answer)
    if exchange.status == 403:
        until = exchange.fetched_at + HOST_PAUSE
        return Verdict("give_up", f"{answer}: refused by the host", until=until)
    if exchange.status == 200:
        return Verdict("retry", f"{exchange.url}: not a list{describe_refusal(exchange)}")
    if exchange.status is None or exchange.status >= 500:
        wait = parse_retry_after(exchange.headers, exchange.fetched_at) or 0.0
        return Verdict("retry", answer, wait_seconds=wait, tries=2 if exchange.is_unreachable else 3)
    return Verdict("give_up", answer + describe_refusal(exchange))


def limit_verdict(exchange: Exchange, answer: str) -> Verdict:
    """Wait for as long as the service says, by either header; if it says nothing, a minute."""
    renews_at = quota_renews_at(exchange)
    until = [] if renews_at is None else [renews_at]
    told = parse_retry_after(exchange.headers, exchange.fetched_at)
    until += [] if told is None else [exchange.fetched_at + timedelta(seconds=told)]
    latest = max(until, default=exchange.fetched_at + UNNAMED_PAUSE)
    wait = (latest - exchange.fetched_at).total_seconds()
    return Verdict("retry", f"{answer}: too many requests", wait_seconds=wait, tries=2, until=latest)


def is_list(exchange: Exchange) -> bool:
    """Whether a body begins as a list in JSON does; what is in it, its reader will see."""
    return (exchange.body or b"").removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"["


def not_asked(url: str, subject: str, now: datetime, reason: str, until: datetime | None) -> FetchedLook:
    """Return a look that made no request."""
    return FetchedLook((unasked(url, subject, now, f"not asked, after {reason}"),), 0, reason, until)


def unasked(url: str, subject: str, now: datetime, error: str) -> Exchange:
    """Return what is stored of a look for which no request was made."""
    return Exchange(SERVICE, (subject,), 1, url, "GET", None, {"x-look": now.isoformat()}, now, None, error)
