"""What a day came to, in words and numbers for a person who asks why it has no papers. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pipeline.http.exchange import Exchange, exchanges_frame
from pipeline.sources.registry import SOURCES, Source
from pipeline.warehouse.raw import identify
from pipeline.warehouse.staging import read_documents

# What may have come of a day, most telling first: where sources differ, the first of these is the day's.
OUTCOMES = ("failed", "published", "page", "held", "empty", "not there yet", "absent")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Answer:
    """What the answer for a source's page of a day means, before the page is taken apart."""

    source_id: str
    day: date
    outcome: str  # page | absent | not there yet | failed
    text: str  # the same for a person
    url: str
    requests: int  # 0 where the page came along with others
    fetched_at: datetime
    sha256: str | None = None
    size_bytes: int = 0


def read_answers(exchanges: Sequence[Exchange]) -> Iterator[Answer]:
    """Yield what answers for pages mean, in their order; answers for anything else are left out."""
    pages = [exchange for exchange in exchanges if exchange.asked[0].count("/") == 2]
    documents, _ = read_documents(identify(exchanges_frame(pages)))
    for exchange, document in zip(pages, documents.iter_rows(named=True), strict=True):
        outcome = document["outcome"] or ("page" if document["sha256"] else "not there yet")
        yield Answer(
            source_id=document["source_id"],
            day=document["listing_date"],
            outcome=outcome,
            text=describe_answer(exchange, outcome, document["reason"]),
            url=exchange.url,
            requests=int(exchange.method == "GET"),
            fetched_at=exchange.fetched_at,
            sha256=document["sha256"],
            size_bytes=len(exchange.body or b"") if outcome == "page" else 0,
        )


def describe_answer(exchange: Exchange, outcome: str, reason: str | None) -> str:
    ways = {"TARBALL": "in one download of the archive", "LISTING": "by the archive's listing", "FILE": "in a folder"}
    way = ways.get(exchange.method, f"HTTP {exchange.status}")
    match outcome:
        case "page":
            return f"a page of {len(exchange.body or b''):,} bytes ({way})"
        case "absent":
            return f"the archive has no page of this day ({way})"
        case "failed":
            return reason or "no answer"
        case _:
            return f"no page yet ({way}); it may still come until midnight UTC"


def describe_documents(day: date, answers: Mapping[str, Answer], held: Mapping[str, str]) -> dict[str, Any]:
    """Say what came for a day, source by source: its answer of this run, or what is held of it by outcome."""
    outcomes: list[str] = []
    texts: dict[str, Any] = {}
    for source in SOURCES:
        answer = answers.get(source.source_id)
        if day < source.first_date:
            texts[source.source_id] = describe_beginning(source)
        elif answer is not None:
            outcomes.append(answer.outcome)
            texts |= {source.source_id: f"{answer.outcome}: {answer.text}", f"{source.source_id} url": answer.url}
            texts |= {f"{source.source_id} sha256": answer.sha256} if answer.sha256 else {}
        elif source.source_id in held:
            outcomes.append("absent" if held[source.source_id] == "absent" else "held")
            texts[source.source_id] = f"not asked: {held[source.source_id]} already, and unchanged"
        else:
            outcomes.append("not there yet")
            texts[source.source_id] = (
                "not there yet: the archive's listing lacks it; it may still come until midnight UTC"
            )
    numbers: dict[str, Any] = {
        "requests": sum(answer.requests for answer in answers.values()),
        "size bytes": sum(answer.size_bytes for answer in answers.values()),
    }
    if answers:
        numbers["fetched at"] = max(answer.fetched_at for answer in answers.values())
    return {"outcome": most_telling(outcomes), "weekday": WEEKDAYS[day.weekday()]} | texts | numbers


def describe_listings(day: date, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Say what a day holds, out of its settled rows by source; a source of which nothing is settled is awaited."""
    settled = {row["source_id"]: row for row in rows}
    outcomes: list[str] = []
    texts: dict[str, Any] = {}
    for source in SOURCES:
        row = settled.get(source.source_id)
        if day < source.first_date:
            texts[source.source_id] = describe_beginning(source)
            continue
        outcome = row["outcome"] if row else "not there yet"
        outcomes.append(outcome)
        texts[source.source_id] = f"{outcome}: {describe_settled(day, row)}"
        if row and row["sha256"]:
            texts[f"{source.source_id} sha256"] = row["sha256"]
    return {
        "outcome": most_telling(outcomes),
        "weekday": WEEKDAYS[day.weekday()],
        **texts,
        "listings": sum(row["listing_count"] for row in rows),
        "rejected rows": sum(row["rejected_count"] for row in rows),
    }


def describe_settled(day: date, row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "no page yet; it may still come until midnight UTC"
    match row["outcome"]:
        case "absent":
            why = ", as on most weekends" if day.isoweekday() > 5 else ""
            return f"the source published no page on this {WEEKDAYS[day.weekday()]}{why}"
        case "empty":
            return "a page without a paper"
        case "failed":
            return str(row["reason"])
        case _:
            return f"{row['listing_count']} listings, {row['rejected_count']} rejected rows"


def describe_beginning(source: Source) -> str:
    return f"not asked: its first page is of {source.first_date}"


def most_telling(outcomes: Sequence[str]) -> str:
    return min(outcomes, key=OUTCOMES.index, default="absent")
