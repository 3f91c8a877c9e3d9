"""Fetch the pages of a range of days: by a listing and one download if that saves requests, else page by page."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from pipeline.core.errors import SourceError
from pipeline.http.exchange import Exchange
from pipeline.http.retry import Verdict, persist
from pipeline.sources.archives.clone import read_clone
from pipeline.sources.archives.listing import Listing, all_below, list_archive
from pipeline.sources.archives.presence import Presence
from pipeline.sources.archives.tarball import fetch_tarball
from pipeline.sources.feeds.fetch import fetch_looks, unasked
from pipeline.sources.feeds.questions import put_question
from pipeline.sources.fetching import Fetching
from pipeline.sources.pages import ABSENCES, DocumentDay, branch_of, document_id, page_url, subject_of
from pipeline.sources.registry import choose_sources
from pipeline.sources.source import Document, Feed, Source

log = logging.getLogger(__name__)

LISTED_DAYS = 5  # for more days than this, one listing is requested first
DOWNLOADED_PAGES = 5  # more changed pages than this come in one download
HOST_PAUSE = timedelta(minutes=30)  # after a 429 of raw.githubusercontent.com: docs/services.md
PAGE_LIMIT_BYTES = 16 * 1024 * 1024
MOST_FAILURES_IN_A_ROW = 3  # pages without a response after every try, or of an archive that is not there


def fetch_documents(fetching: Fetching, days: Sequence[date]) -> None:
    """Request the days of every chosen source and store every response, outages included.

    Raises TokenError, and SettingError if a source is chosen that nobody knows.
    """
    for source in choose_sources(fetching.settings.sources):
        wanted = [day for day in days if is_wanted(fetching, source, day)]
        if isinstance(source.place, Feed):
            fetch_feed(fetching, source, source.place, wanted)
        elif fetching.settings.archive_base_url.startswith("file:"):
            fetch_clone(fetching, source, wanted)
        elif len(wanted) <= LISTED_DAYS and not has_failed(fetching, source, wanted):
            fetch_pages(fetching, source, dict.fromkeys(wanted), presence_of(fetching, source))
        else:
            fetch_listed(fetching, source, wanted)
        fetching.advance(len(days) - len(wanted))


def is_wanted(fetching: Fetching, source: Source, day: date) -> bool:
    """Whether to ask a source for a day: not before its first, and of one that has ended once the day is over.

    So it is with one that is asleep, unless it is asked for all days.
    """
    now, documents = fetching.web.now(), documents_of(source, day)
    last = source.last_date or (fetching.asleep.get(source.source_id) if fetching.only_missing else None)
    has_ended = last is not None and day > last
    if day < source.first_date or (has_ended and not source.is_over(day, now)):
        return False
    main, *others = documents
    stored = fetching.stored
    if isinstance(source.place, Feed):
        return main not in stored or source.calendar.is_due(day, stored.looked_at.get(main), now)
    is_stored = main in stored and (not stored.has_page(main) or all(other in stored for other in others))
    return not (fetching.only_missing and is_stored)


def documents_of(source: Source, day: date) -> list[DocumentDay]:
    """Return the documents of a day, the main one first."""
    return [(document_id(source, document), day) for document in source.documents]


def fetch_feed(fetching: Fetching, source: Source, feed: Feed, days: Sequence[date]) -> None:
    """Look at each day once, and store the pages of each look together. A day that cannot be asked for has failed."""
    questions: list[tuple[str, str]] = []
    token: str | None = None
    reasons: dict[str, None] = {}
    for day in days:
        subject = subject_of(source.source_id, day)
        try:
            url, token = put_question(feed, fetching.settings, day)
        except SourceError as error:
            reasons[f"{source.source_id}: {error}"] = None
            fetching.store(unasked(source.url, subject, fetching.web.now(), str(error)))
            fetching.advance(1)
        else:
            questions.append((url, subject))
    for look in fetch_looks(fetching.web, questions, token=token):
        fetching.store(*look.exchanges)
        fetching.requests += look.requests
        fetching.advance(1)
        reasons |= {look.reason: None} if look.until and look.reason else {}
        fetching.refusals += [f"{feed.setting} of {source.source_id}: {look.refusal}"] if look.refusal else []
    fetching.reasons |= reasons


def has_failed(fetching: Fetching, source: Source, days: Sequence[date]) -> bool:
    """Whether a day's bytes may be no page. Only a listing tells whether the archive has them so.

    If it does, they are known by their name, and not asked for again.
    """
    return any((source.source_id, day) in fetching.stored.failed for day in days)


def fetch_clone(fetching: Fetching, source: Source, days: Sequence[date]) -> None:
    """Read a folder's documents, and store them together; without the main one of a day, it has none."""
    answers: list[Exchange] = []
    for day in days:
        for document in source.documents:
            answer = read_clone(fetching.settings.archive_base_url, source, day, fetching.web.now(), document)
            answers.append(answer)
            if answer.status != 200:
                break
    gone = {asked_of(answer) for answer in answers if answer.status in ABSENCES}
    fetching.gone += [asked for asked in fetching.stored.blobs if asked in gone]
    fetching.store(*answers)
    fetching.advance(len(days))


def fetch_listed(fetching: Fetching, source: Source, days: Sequence[date]) -> None:
    """Fetch what the archive's listing shows as new or changed; without a listing, page by page."""
    listing = request_listing(fetching, source)
    if listing.blobs is None:
        fetching.reasons[listing.reason or f"{source.source_id}: no listing"] = None
        return fetch_pages(fetching, source, dict.fromkeys(days), presence_of(fetching, source, listing))
    listed, lacking = dict[DocumentDay, str](), list[DocumentDay]()
    for day in days:
        main, *others = documents_of(source, day)
        for document_day in [main, *others] if main in listing.blobs else [main]:
            if document_day in listing.blobs:
                listed[document_day] = listing.blobs[document_day]
            else:
                lacking.append(document_day)
    store_absent(fetching, source, lacking, listing)
    changed = {each: blob for each, blob in listed.items() if fetching.stored.blobs.get(each) != blob}
    fetching.advance(len(days) - len({day for _, day in changed}))
    rest = fetch_download(fetching, source, changed)
    fetch_pages(fetching, source, rest, presence_of(fetching, source, listing))


def request_listing(fetching: Fetching, source: Source) -> Listing:
    """Ask GitHub for the archive's listing, and store the responses."""
    settings = fetching.settings

    def store(exchange: Exchange) -> None:
        fetching.requests += 1
        fetching.store(exchange)

    return list_archive(fetching.web, settings.github_api_url, source, token=settings.github_token, store=store)


def presence_of(fetching: Fetching, source: Source, listing: Listing | None = None) -> Presence:
    """Return what is known of a source's archive before its pages are requested."""
    days = [day for document, day in fetching.stored.blobs if document == source.source_id]

    def ask(day: date) -> Exchange:
        answer, _ = fetch_page(fetching, source, source.documents[0], day)
        if answer.status in ABSENCES:
            answer = replace(answer, error=f"{answer.url}: HTTP {answer.status} for a page that was there")
        fetching.store(answer)
        return answer

    def list_days() -> Listing:
        return request_listing(fetching, source)

    return Presence(source, max(days, default=None), ask, list_days, listing)


def store_absent(fetching: Fetching, source: Source, asked: Sequence[DocumentDay], listing: Listing) -> None:
    """Store the documents that a listing lacks as not found, without a request; stored days stay as they are.

    A listing without any page is no evidence: the folder of the pages is gone, and not each of them.
    """
    url = f"{fetching.settings.github_api_url}/repos/{source.source_id}/git/trees/{all_below(branch_of(source))}"
    error = None if listing.blobs else f"the listing of {source.source_id} has no page at all"
    fetching.reasons |= {error: None} if error else {}
    stored, at = fetching.stored, listing.fetched_at
    fetching.gone += [each for each in asked if each in stored.blobs]
    absent = [
        each for each in asked if each not in stored and not stored.has_page(each) and source.is_over(each[1], at)
    ]
    fetching.store(
        *(Exchange("archive", (subject_of(*each),), 1, url, "LISTING", 404, {}, at, None, error) for each in absent)
    )


def fetch_download(
    fetching: Fetching, source: Source, blobs: Mapping[DocumentDay, str]
) -> dict[date, dict[DocumentDay, str]]:
    """Take many documents out of one download; return those still to be fetched one by one, by day."""
    rest = dict(blobs)
    if len(blobs) > DOWNLOADED_PAGES:
        settings = fetching.settings
        token = settings.github_token
        download = fetch_tarball(fetching.web, settings.github_api_url, source, token=token, wanted=blobs)
        pages = [listed(page, blobs[asked_of(page)]) for page in download.pages]
        fetching.requests += len(download.failures) + bool(pages)
        fetching.store(*download.failures, *pages)
        fetching.reasons |= {download.reason: None} if download.reason else {}
        for page in pages:
            del rest[asked_of(page)]
    days: dict[date, dict[DocumentDay, str]] = {}
    for each, blob in rest.items():
        days.setdefault(each[1], {})[each] = blob
    fetching.advance(len({day for _, day in blobs}) - len(days))
    return days


def asked_of(answer: Exchange) -> DocumentDay:
    """Return which document was asked for."""
    document, _, day = answer.asked[0].rpartition("/")
    return document, date.fromisoformat(day)


def fetch_pages(
    fetching: Fetching, source: Source, days: Mapping[date, Mapping[DocumentDay, str] | None], presence: Presence
) -> None:
    """Fetch page by page: the documents that a listing gave, each with its SHA, or without a listing all of a day.

    After a limit or repeated failures the host gets no more requests: the rest is stored as not asked, with the reason.
    A 404 is believed only of an archive that is there. Without the main document a day has no others.
    """
    stop: str | None = None
    failures = 0
    for day, blobs in days.items():
        for document in source.documents:
            asked = (document_id(source, document), day)
            if blobs is not None and asked not in blobs:
                continue
            blob = blobs[asked] if blobs is not None else None
            if stop is None:
                answer, reason = judge_page(fetching, source, document, day, blob, presence)
                failures = failures + 1 if reason and (answer.error or (answer.status or 0) >= 500) else 0
                if answer.status in (403, 429) or failures == MOST_FAILURES_IN_A_ROW:
                    stop = reason
            else:
                answer = not_asked(fetching, source, document, day, stop)
                answer = answer if blob is None else listed(answer, blob)
            fetching.store(answer)
            if blobs is None and answer.status != 200:
                break
        fetching.advance(1)
    if stop is not None:
        fetching.reasons[stop] = None


def judge_page(
    fetching: Fetching, source: Source, document: Document, day: date, blob: str | None, presence: Presence
) -> tuple[Exchange, str | None]:
    """Request a page; return the response and why it is of no use, None if it is. A 404 in doubt has an error."""
    answer, verdict = fetch_page(fetching, source, document, day)
    if blob is not None:
        return listed(answer, blob), verdict.reason
    is_main = document == source.documents[0]
    if is_main:
        presence.see(answer)
    if answer.status not in ABSENCES or not is_main:
        return answer, verdict.reason
    doubt = presence.find_doubt() if source.is_over(day, answer.fetched_at) else None
    if doubt is None and (source.source_id, day) in fetching.stored.blobs:
        fetching.gone.append((source.source_id, day))
    return replace(answer, error=doubt), doubt


def listed(answer: Exchange, blob: str) -> Exchange:
    """Store with a response the SHA that the archive's listing gave for the page."""
    return replace(answer, headers={**answer.headers, "x-blob-sha": blob})


def fetch_page(fetching: Fetching, source: Source, document: Document, day: date) -> tuple[Exchange, Verdict]:
    url = page_url(fetching.settings.archive_base_url, source, day, document)
    web = fetching.web

    def send() -> Exchange:
        fetching.requests += 1
        asked = (subject_of(document_id(source, document), day),)
        return web.send("GET", url, service="archive", asked=asked, limit_bytes=PAGE_LIMIT_BYTES)

    return persist(send, page_verdict, sleep=web.sleep, now=web.now)


def page_verdict(exchange: Exchange) -> Verdict:
    """Return what to do after a response for a page: docs/services.md, raw.githubusercontent.com."""
    if exchange.status in (200, *ABSENCES, 451):
        return Verdict()
    answer = f"{exchange.url}: " + (exchange.error or f"HTTP {exchange.status}")
    if exchange.status in (403, 429):
        return Verdict("give_up", f"{answer}: rate limited by the host", until=exchange.fetched_at + HOST_PAUSE)
    if exchange.status is None or exchange.status >= 500:
        return Verdict("retry", answer, tries=2 if exchange.is_unreachable else 3)
    return Verdict("give_up", answer)


def not_asked(fetching: Fetching, source: Source, document: Document, day: date, reason: str) -> Exchange:
    url = page_url(fetching.settings.archive_base_url, source, day, document)
    asked = (subject_of(document_id(source, document), day),)
    return Exchange("archive", asked, 1, url, "GET", None, {}, fetching.web.now(), None, f"not asked, after {reason}")
