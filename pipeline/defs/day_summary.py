"""Summarise a day in words and numbers, for a person who asks why it has no papers. Pure."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pipeline.core.wording import amount_of
from pipeline.sources.pages import DocumentDay, document_id, find_document
from pipeline.sources.source import Feed, Source
from pipeline.sources.stored import Stored, has_begun, has_ended, moments

# If the outcomes of the sources differ, the day has the first of these.
OUTCOMES = ("failed", "published", "page", "stored", "empty", "not there yet", "not asked", "absent")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKEND = (6, 7)
WORDS = {  # for days of a range
    "published": "with papers",
    "empty": "without a paper",
    "absent": "without a page",
    "failed": "failed",
    "not there yet": "not there yet",
    "not asked": "not asked",
}
METHODS = {"TARBALL": "in one download of the archive", "LISTING": "by the archive's listing", "FILE": "in a folder"}


@dataclass(frozen=True)
class PageResponse:
    """A source's response for a day: one row of sql/status/responses.sql, whose columns are the fields in order."""

    document_id: str
    day: date
    final_outcome: str | None  # absent | failed; None if a page came or may still come
    reason: str | None  # why it failed
    sha256: str | None  # of the page
    url: str
    method: str  # GET, or one for many days: TARBALL | LISTING | FILE
    status: int | None
    fetched_at: datetime  # UTC, without a zone
    size_bytes: int | None  # of the page

    @property
    def outcome(self) -> str:
        """Return page, absent, not there yet or failed."""
        return self.final_outcome or ("page" if self.sha256 else "not there yet")

    @property
    def text(self) -> str:
        """Return the outcome in words for a person."""
        how = METHODS.get(self.method, f"HTTP {self.status}")
        match self.outcome:
            case "page":
                return f"a page of {self.size_bytes or 0:,} bytes ({how})"
            case "absent":
                return f"the archive has no page of this day ({how})"
            case "failed":
                return self.reason or "no answer"
            case _:
                closing = find_document(self.document_id)[0].calendar.describe_closing(self.day)
                return f"no page yet ({how}); it may still come until {closing}"


def describe_documents(
    sources: Sequence[Source], day: date, responses: Mapping[str, PageResponse], stored: Stored, now: datetime
) -> dict[str, Any]:
    """Return the metadata of a day of `documents`: for each document the response of this run, or what was stored."""
    outcomes: list[str] = []
    texts: dict[str, Any] = {}
    for source in sources:
        if day < source.first_date:
            texts[source.source_id] = before_first_page(source)
            continue
        for document in source.documents:
            name = document_id(source, document)
            response = responses.get(name)
            if response is not None:
                outcome, text = response.outcome, f"{response.outcome}: {response.text}"
                texts |= {f"{name} url": response.url}
                texts |= {f"{name} sha256": response.sha256} if response.sha256 else {}
            elif (name, day) in stored.outcomes:
                outcome, text = describe_stored(source, stored, (name, day))
            elif document == source.documents[0]:
                outcome, text = describe_open(source, day, now)
            else:
                continue  # a day without the main document has no other
            outcomes.append(outcome)
            texts[name] = text
    numbers: dict[str, Any] = {
        "requests": sum(response.method == "GET" for response in responses.values()),
        "size bytes": sum(response.size_bytes or 0 for response in responses.values()),
    }
    if responses:
        numbers["fetched at"] = max(response.fetched_at for response in responses.values()).replace(tzinfo=UTC)
    return {"outcome": most_telling(outcomes), "weekday": WEEKDAYS[day.weekday()]} | texts | numbers


def describe_stored(source: Source, stored: Stored, asked: DocumentDay) -> tuple[str, str]:
    """Return what is known of a document that this run did not ask for, and a sentence."""
    outcome = stored.outcomes[asked]
    state = "stored, but cannot be read" if asked in stored.failed else outcome
    text = f"not asked: already {state}, and {describe_rest(source, asked[1], stored.looked_at.get(asked))}"
    return "absent" if outcome == "absent" else "stored", text


def describe_rest(source: Source, day: date, looked_at: datetime | None) -> str:
    """Return the end of a sentence: why a day that is stored was not asked for."""
    if not isinstance(source.place, Feed) or looked_at is None:
        return "unchanged"
    later = looks_after(source, day, looked_at)
    return f"due for another look from {min(later):%Y-%m-%d %H:%M} UTC" if later else "settled since"


def looks_after(source: Source, day: date, looked_at: datetime) -> list[datetime]:
    """Return the moments from which a day of a feed is worth another look; none once its list has settled."""
    return [moment for moment in moments(source, {day}) if moment > looked_at]


def describe_unasked(sources: Sequence[Source], days: Sequence[date], stored: Stored, now: datetime) -> list[str]:
    """Return sentences on the days of feeds for which a run does not ask, since they are held and no look is due."""
    told: list[str] = []
    for source in sources:
        held = [day for day in days if isinstance(source.place, Feed) and is_held(source, day, stored, now)]
        looks = {day: looks_after(source, day, stored.looked_at[source.source_id, day]) for day in held}
        told += [f"{source.source_id}: {sentence}" for sentence in describe_looks(looks)]
    return told


def describe_looks(looks: Mapping[date, Sequence[datetime]]) -> Iterator[str]:
    """Yield why days are not asked for, by day the moments of the looks to come."""
    settled, waiting = [day for day in looks if not looks[day]], [day for day in looks if looks[day]]
    if settled:
        verbs = "has settled, and is" if len(settled) == 1 else "have settled, and are"
        yield f"{name_days(settled)} {verbs} not asked again"
    if waiting:
        soonest = min(moment for day in waiting for moment in looks[day])
        verb = "is" if len(waiting) == 1 else "are"
        yield f"{name_days(waiting)} {verb} not due for another look before {soonest:%Y-%m-%d %H:%M} UTC"


def is_held(source: Source, day: date, stored: Stored, now: datetime) -> bool:
    """Whether a day of a feed is held, and no look at it is due."""
    asked = (source.source_id, day)
    return (
        asked in stored and asked in stored.looked_at and not source.calendar.is_due(day, stored.looked_at[asked], now)
    )


def name_days(days: Sequence[date]) -> str:
    return str(days[0]) if len(days) == 1 else f"{len(days)} days"


def describe_listings(
    sources: Sequence[Source], day: date, rows: Sequence[Mapping[str, Any]], now: datetime
) -> dict[str, Any]:
    """Return the metadata of a day of `listings`; `rows` has one row per source, none before its outcome is final."""
    final = {row["source_id"]: row for row in rows}
    outcomes: list[str] = []
    texts: dict[str, Any] = {}
    for source in sources:
        row = final.get(source.source_id)
        if day < source.first_date:
            texts[source.source_id] = before_first_page(source)
            continue
        outcome, text = describe_day(source, day, row, now)
        outcomes.append(outcome)
        texts[source.source_id] = f"{outcome}: {text}"
        if row and row["sha256"]:
            texts[f"{source.source_id} sha256"] = row["sha256"]
    return {
        "outcome": most_telling(outcomes),
        "weekday": WEEKDAYS[day.weekday()],
        **texts,
        "listings": sum(row["listing_count"] for row in rows),
        "rejected rows": sum(row["rejected_count"] for row in rows),
    }


def describe_range(
    sources: Sequence[Source], days: Sequence[date], rows: Mapping[date, Sequence[Mapping[str, Any]]], now: datetime
) -> dict[str, str]:
    """Return a sentence for each source on what its days of a run have: `rows` as in describe_listings, by day."""
    told: dict[str, str] = {}
    for source in sources:
        asked = [day for day in days if day >= source.first_date]
        found = {day: row for day in asked for row in rows.get(day, ()) if row["source_id"] == source.source_id}
        outcomes = [describe_day(source, day, found.get(day), now) for day in asked]
        if len(days) == 1:
            told[source.source_id] = outcomes[0][1] if outcomes else before_first_page(source)
            continue
        counts = Counter(outcome for outcome, _ in outcomes)
        listings = sum(row["listing_count"] for row in found.values())
        parts = [f"{counts[outcome]} {WORDS[outcome]}" for outcome in OUTCOMES if counts[outcome]]
        told[source.source_id] = (
            f"{amount_of(listings, 'listing')}; days: {', '.join(parts) or 'none, all before its first'}"
        )
    return told


def describe_day(source: Source, day: date, row: Mapping[str, Any] | None, now: datetime) -> tuple[str, str]:
    """Return the outcome of a source's day, and a sentence."""
    return describe_outcome(source, day, row, now) if row else describe_open(source, day, now)


def describe_outcome(source: Source, day: date, row: Mapping[str, Any], now: datetime) -> tuple[str, str]:
    """Return the outcome of a source's day, and a sentence. A day whose newest page cannot be read has failed."""
    if failure := failure_of(row):
        return "failed", failure
    match row["outcome"]:
        case "absent":
            text = f"the source published no page on this {WEEKDAYS[day.weekday()]}{why_absent(source, day)}"
        case "empty":
            text = "a page without a paper"
        case _:
            rejected = amount_of(row["rejected_count"], "rejected row")
            text = f"{amount_of(row['listing_count'], 'listing')}, {rejected}"
    return row["outcome"], text + more_to_come(source, day, now)


def more_to_come(source: Source, day: date, now: datetime) -> str:
    """Return the end of a sentence: that a feed may list more papers on this day; else nothing."""
    if not isinstance(source.place, Feed) or source.is_over(day, now):
        return ""
    return f"; more may come until {source.calendar.describe_closing(day)}"


def why_absent(source: Source, day: date) -> str:
    """Return the end of a sentence: that the source has ended, or lists nothing on such days; else nothing."""
    if has_ended(source, day):
        return f": its last page is from {source.last_date}"
    if source.calendar.is_expected(day):
        return ""
    return ", as on most weekends" if day.isoweekday() in WEEKEND else f", as on most {WEEKDAYS[day.weekday()]}s"


def describe_open(source: Source, day: date, now: datetime) -> tuple[str, str]:
    """Return the same for a source whose outcome is not final."""
    if source.is_over(day, now):
        return "not asked", "nobody has asked for this day since it ended"
    if has_ended(source, day):
        return "not there yet", f"not asked: its last page is from {source.last_date}; one look after the day is enough"
    if not has_begun(source, day, now):
        opening = source.calendar.describe_closing(day - timedelta(days=1))
        return "not there yet", f"the day has not begun: by its clock it begins at {opening}"
    if not source.calendar.is_expected(day):
        closing = source.calendar.describe_closing(day)
        return "not there yet", f"none expected on a {WEEKDAYS[day.weekday()]}, though one may come until {closing}"
    return "not there yet", f"no page yet; it may still come until {source.calendar.describe_closing(day)}"


def failure_of(row: Mapping[str, Any]) -> str | None:
    """Return why a day has failed, or why its newest page is not shown; None if all is well."""
    if row["outcome"] == "failed":
        return str(row["reason"])
    if row["correction_failure"]:
        return f"its newest page cannot be read, the one before stays: {row['correction_failure']}"
    return None


def count_days(failures: Collection[tuple[date, str]]) -> str:
    """Return how many days of a source there are, as `36 days of 3 sources`: each a day with the id of a document."""
    days = {(day, find_document(name)[0].source_id) for day, name in failures}
    sources = len({source_id for _, source_id in days})
    text = amount_of(len(days), "day")
    return text if sources == 1 else f"{text} of {sources} sources"


def before_first_page(source: Source) -> str:
    return f"not asked: its first page is from {source.first_date}"


def most_telling(outcomes: Sequence[str]) -> str:
    return min(outcomes, key=OUTCOMES.index, default="absent")
