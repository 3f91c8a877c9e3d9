"""Summarise a day in words and numbers, for a person who asks why it has no papers. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from pipeline.sources.pages import DocumentDay, document_id, find_document
from pipeline.sources.source import Source
from pipeline.sources.stored import Stored

# If the outcomes of the sources differ, the day has the first of these.
OUTCOMES = ("failed", "published", "page", "stored", "empty", "not there yet", "not asked", "absent")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
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
                outcome, text = describe_stored(stored, (name, day))
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


def describe_stored(stored: Stored, asked: DocumentDay) -> tuple[str, str]:
    """Return what is known of a document that this run did not ask for, and a sentence."""
    outcome = stored.outcomes[asked]
    state = "stored, but cannot be read" if asked in stored.failed else outcome
    return "absent" if outcome == "absent" else "stored", f"not asked: already {state}, and unchanged"


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
        outcome, text = describe_outcome(source, day, row) if row else describe_open(source, day, now)
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


def describe_outcome(source: Source, day: date, row: Mapping[str, Any]) -> tuple[str, str]:
    """Return the outcome of a source's day, and a sentence. A day whose newest page cannot be read has failed."""
    if failure := failure_of(row):
        return "failed", failure
    match row["outcome"]:
        case "absent":
            text = f"the source published no page on this {WEEKDAYS[day.weekday()]}{why_absent(source, day)}"
        case "empty":
            text = "a page without a paper"
        case _:
            text = f"{row['listing_count']} listings, {row['rejected_count']} rejected rows"
    return row["outcome"], text


def why_absent(source: Source, day: date) -> str:
    """Return the end of a sentence: that the source has ended, or lists nothing on such days; else nothing."""
    if source.last_date and day > source.last_date:
        return f": its last page is from {source.last_date}"
    return "" if source.calendar.is_expected(day) else ", as on most weekends"


def describe_open(source: Source, day: date, now: datetime) -> tuple[str, str]:
    """Return the same for a source whose outcome is not final."""
    if source.is_over(day, now):
        return "not asked", "nobody has asked for this day since it ended"
    if source.last_date and day > source.last_date:
        return "not there yet", f"not asked: its last page is from {source.last_date}; one look after the day is enough"
    return "not there yet", f"no page yet; it may still come until {source.calendar.describe_closing(day)}"


def failure_of(row: Mapping[str, Any]) -> str | None:
    """Return why a day has failed, or why its newest page is not shown; None if all is well."""
    if row["outcome"] == "failed":
        return str(row["reason"])
    if row["correction_failure"]:
        return f"its newest page cannot be read, the one before stays: {row['correction_failure']}"
    return None


def before_first_page(source: Source) -> str:
    return f"not asked: its first page is from {source.first_date}"


def most_telling(outcomes: Sequence[str]) -> str:
    return min(outcomes, key=OUTCOMES.index, default="absent")
