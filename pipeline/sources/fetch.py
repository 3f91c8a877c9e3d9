"""Fetch the pages of a range of days: by a listing and one download if that saves requests, else page by page."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from pipeline.core.settings import Settings
from pipeline.http.client import Web
from pipeline.http.exchange import Exchange
from pipeline.http.retry import Verdict, persist
from pipeline.sources import registry
from pipeline.sources.clone import read_clone
from pipeline.sources.listing import Listing, list_archive
from pipeline.sources.pages import page_url, subject_of
from pipeline.sources.presence import Presence
from pipeline.sources.registry import Source, is_over
from pipeline.sources.stored import Stored
from pipeline.sources.tarball import fetch_tarball

log = logging.getLogger(__name__)

LISTED_DAYS = 5  # for more days than this, one listing is requested first
DOWNLOADED_PAGES = 5  # more changed pages than this come in one download
HOST_PAUSE = timedelta(minutes=30)  # after a 429 of raw.githubusercontent.com: docs/services.md
PAGE_LIMIT_BYTES = 16 * 1024 * 1024
MOST_FAILURES_IN_A_ROW = 3  # pages without a response after every try, or of an archive that is not there


@dataclass
class Fetching:
    """The state of one fetch: where responses go, and the result so far."""

    settings: Settings
    web: Web
    stored: Stored
    store: Callable[..., None]  # takes exchanges, which are on disk when it returns
    only_missing: bool = False  # skip what is stored
    advance: Callable[[int], None] = lambda days: None  # called with the number of days done, per source
    requests: int = 0
    gone: list[tuple[str, date]] = field(default_factory=list[tuple[str, date]])  # stored, but no longer upstream
    reasons: list[str] = field(default_factory=list[str])  # why a listing, a download or a host failed, for a person


def fetch_documents(fetching: Fetching, days: Sequence[date]) -> None:
    """Request the days of every source and store every response, outages included. Raises TokenError."""
    for source in registry.SOURCES:
        wanted = [day for day in days if day >= source.first_date]
        if fetching.only_missing:
            wanted = [day for day in wanted if (source.source_id, day) not in fetching.stored]
        if fetching.settings.archive_base_url.startswith("file:"):
            fetch_clone(fetching, source, wanted)
        elif len(wanted) <= LISTED_DAYS and not has_failed(fetching, source, wanted):
            fetch_pages(fetching, source, dict.fromkeys(wanted), presence_of(fetching, source))
        else:
            fetch_listed(fetching, source, wanted)
        fetching.advance(len(days) - len(wanted))


def has_failed(fetching: Fetching, source: Source, days: Sequence[date]) -> bool:
    """Whether a day's bytes may be no page. Only a listing tells whether the archive has them so.

    If it does, they are known by their name, and not asked for again.
    """
    return any((source.source_id, day) in fetching.stored.failed for day in days)


def fetch_clone(fetching: Fetching, source: Source, days: Sequence[date]) -> None:
    """Read a folder's pages, and store them together."""
    base_url = fetching.settings.archive_base_url
    answers = [read_clone(base_url, source.source_id, day, fetching.web.now()) for day in days]
    fetching.gone += [(source.source_id, day_asked(answer)) for answer in answers if answer.status == 404]
    fetching.gone = [source_day for source_day in fetching.gone if source_day in fetching.stored.blobs]
    fetching.store(*answers)
    fetching.advance(len(days))


def fetch_listed(fetching: Fetching, source: Source, days: Sequence[date]) -> None:
    """Fetch what the archive's listing shows as new or changed; without a listing, page by page."""
    listing = request_listing(fetching, source)
    if listing.blobs is None:
        fetching.reasons.append(listing.reason or f"{source.source_id}: no listing")
        return fetch_pages(fetching, source, dict.fromkeys(days), presence_of(fetching, source, listing))
    blobs = {day: listing.blobs[day] for day in days if day in listing.blobs}
    store_absent(fetching, source, [day for day in days if day not in blobs], listing)
    changed = {day: blob for day, blob in blobs.items() if fetching.stored.blobs.get((source.source_id, day)) != blob}
    fetching.advance(len(days) - len(changed))
    fetch_pages(fetching, source, fetch_download(fetching, source, changed), presence_of(fetching, source, listing))


def request_listing(fetching: Fetching, source: Source) -> Listing:
    """Ask GitHub for the archive's listing, and store the responses."""
    settings = fetching.settings

    def store(exchange: Exchange) -> None:
        fetching.requests += 1
        fetching.store(exchange)

    return list_archive(
        fetching.web, settings.github_api_url, source.source_id, token=settings.github_token, store=store
    )


def presence_of(fetching: Fetching, source: Source, listing: Listing | None = None) -> Presence:
    """Return what is known of a source's archive before its pages are requested."""
    days = [day for source_id, day in fetching.stored.blobs if source_id == source.source_id]

    def ask(day: date) -> Exchange:
        answer, _ = fetch_page(fetching, source, day)
        if answer.status in (404, 410):
            answer = replace(answer, error=f"{answer.url}: HTTP {answer.status} for a page that was there")
        fetching.store(answer)
        return answer

    def list_days() -> Listing:
        return request_listing(fetching, source)

    return Presence(source.source_id, max(days, default=None), ask, list_days, listing)


def store_absent(fetching: Fetching, source: Source, days: Sequence[date], listing: Listing) -> None:
    """Store the days that a listing lacks as not found, without a request; days already stored stay as they are.

    A listing without any page is no evidence: the folder of the pages is gone, and not each of them.
    """
    url = f"{fetching.settings.github_api_url}/repos/{source.source_id}/git/trees/main?recursive=1"
    error = None if listing.blobs else f"the listing of {source.source_id} has no page at all"
    fetching.reasons += [error] if error else []
    pairs = [(source.source_id, day) for day in days]
    fetching.gone += [pair for pair in pairs if pair in fetching.stored.blobs]
    at = listing.fetched_at
    absent = [
        pair
        for pair in pairs
        if pair not in fetching.stored and not fetching.stored.has_page(pair) and is_over(pair[1], at)
    ]
    fetching.store(
        *(Exchange("archive", (subject_of(*pair),), 1, url, "LISTING", 404, {}, at, None, error) for pair in absent)
    )


def fetch_download(fetching: Fetching, source: Source, blobs: dict[date, str]) -> dict[date, str | None]:
    """Take many pages out of one download; return the days still to be fetched one by one."""
    rest: dict[date, str | None] = dict(blobs)
    if len(blobs) <= DOWNLOADED_PAGES:
        return rest
    settings = fetching.settings
    download = fetch_tarball(
        fetching.web, settings.github_api_url, source.source_id, token=settings.github_token, wanted=blobs
    )
    pages = [listed(page, blobs[day_asked(page)]) for page in download.pages]
    fetching.requests += len(download.failures) + bool(pages)
    fetching.store(*download.failures, *pages)
    fetching.advance(len(pages))
    if download.reason:
        fetching.reasons.append(download.reason)
    for page in pages:
        del rest[day_asked(page)]
    return rest


def day_asked(page: Exchange) -> date:
    return date.fromisoformat(page.asked[0].rpartition("/")[2])


def fetch_pages(fetching: Fetching, source: Source, days: Mapping[date, str | None], presence: Presence) -> None:
    """Fetch page by page, each with its SHA if a listing gave one.

    After a limit or repeated failures the host gets no more requests: the remaining days are stored as not asked, with
    the reason. A 404 is believed only of an archive that is there.
    """
    stop: str | None = None
    failures = 0
    for day, blob in days.items():
        if stop is None:
            answer, reason = judge_page(fetching, source, day, blob, presence)
            failures = failures + 1 if reason and (answer.error or (answer.status or 0) >= 500) else 0
            if answer.status in (403, 429) or failures == MOST_FAILURES_IN_A_ROW:
                stop = reason
        else:
            answer = not_asked(fetching, source, day, stop)
            answer = answer if blob is None else listed(answer, blob)
        fetching.store(answer)
        fetching.advance(1)
    if stop is not None:
        fetching.reasons.append(stop)


def judge_page(
    fetching: Fetching, source: Source, day: date, blob: str | None, presence: Presence
) -> tuple[Exchange, str | None]:
    """Request a page; return the response and why it is of no use, None if it is. A 404 in doubt has an error."""
    answer, verdict = fetch_page(fetching, source, day)
    if blob is not None:
        return listed(answer, blob), verdict.reason
    presence.see(answer)
    if answer.status not in (404, 410):
        return answer, verdict.reason
    doubt = presence.find_doubt() if is_over(day, answer.fetched_at) else None
    if doubt is None and (source.source_id, day) in fetching.stored.blobs:
        fetching.gone.append((source.source_id, day))
    return replace(answer, error=doubt), doubt


def listed(answer: Exchange, blob: str) -> Exchange:
    """Store with a response the SHA that the archive's listing gave for the page."""
    return replace(answer, headers={**answer.headers, "x-blob-sha": blob})


def fetch_page(fetching: Fetching, source: Source, day: date) -> tuple[Exchange, Verdict]:
    url = page_url(fetching.settings.archive_base_url, source.source_id, day)
    web = fetching.web

    def send() -> Exchange:
        fetching.requests += 1
        asked = (subject_of(source.source_id, day),)
        return web.send("GET", url, service="archive", asked=asked, limit_bytes=PAGE_LIMIT_BYTES)

    return persist(send, page_verdict, sleep=web.sleep, now=web.now)


def page_verdict(exchange: Exchange) -> Verdict:
    """Return what to do after a response for a page: docs/services.md, raw.githubusercontent.com."""
    if exchange.status in (200, 404, 410, 451):
        return Verdict()
    answer = f"{exchange.url}: " + (exchange.error or f"HTTP {exchange.status}")
    if exchange.status in (403, 429):
        return Verdict("give_up", f"{answer}: rate limited by the host", until=exchange.fetched_at + HOST_PAUSE)
    if exchange.status is None or exchange.status >= 500:
        return Verdict("retry", answer, tries=2 if exchange.is_unreachable else 3)
    return Verdict("give_up", answer)


def not_asked(fetching: Fetching, source: Source, day: date, reason: str) -> Exchange:
    url = page_url(fetching.settings.archive_base_url, source.source_id, day)
    asked = (subject_of(source.source_id, day),)
    return Exchange("archive", asked, 1, url, "GET", None, {}, fetching.web.now(), None, f"not asked, after {reason}")
