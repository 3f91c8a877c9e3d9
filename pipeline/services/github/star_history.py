"""Read GitHub's star history: pages of weeks, newest first, each with the stars of its seven days. Pure.

A star counts on the day on which it was given, if it still stands when GitHub is asked; the days are those of Los
Angeles. A page that breaks what GitHub documents says nothing, and is put aside with the reason.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import cast

import polars as pl

from pipeline.http.exchange import ATTEMPTS, Exchange, exchanges_of
from pipeline.services.github.json_values import Malformed, decode, mapping, number, sequence
from pipeline.services.github.responses import FAILED, FOUND, refusal

SERVICE = "star_history"
EMPTY = "empty"  # a page past the first week
REJECTED = "rejected"  # past the last page that GitHub gives anybody
PAGE_WEEKS = 30  # GitHub gives no more
LAST_PAGE = 100
WEEK_SECONDS = 604_800
FIRST_SUNDAY = 259_200  # 1970-01-04
EARLIEST = datetime(2007, 1, 1, tzinfo=UTC).timestamp()  # GitHub began in 2008
MOST = 2**31 - 1  # stars of a day

WEEKS = pl.Schema(
    {
        "repository_id": pl.Int64,  # GitHub's number
        "week": pl.Date,  # its Sunday
        "days": pl.List(pl.Int32),  # stars that still stand, Sunday to Saturday
        "is_oldest": pl.Boolean,  # the page is not full, and ends with it
        "observed_at": pl.Datetime("us", "UTC"),  # when the response had arrived
    }
)

REFUSED = pl.Schema(
    {
        "subject_id": pl.String,
        "attempted_at": pl.Datetime("us", "UTC"),
        "reason": pl.String,  # one line
    }
)


@dataclass(frozen=True)
class History:
    """What one response says of one page."""

    outcome: str  # found | empty | not_found | blocked | forbidden | rejected | rate_limited | unauthorized | failed …
    weeks: tuple[tuple[date, tuple[int, ...]], ...] = ()  # newest first: Sunday, and the stars of seven days
    reason: str | None = None  # why a page of status 200 says nothing


def name_page(repository_id: int, page: int) -> str:
    """Return the subject of a request: GitHub's number of the repository, and the page from 1."""
    return f"{repository_id}/{page}"


def split_subject(subject: str) -> tuple[int, int]:
    """Return number and page of a subject. Raises ValueError for anything else."""
    repository_id, page = subject.split("/")
    return int(repository_id), int(page)


def read_history(exchange: Exchange) -> History:
    """Return what a response says; a page of which any part is wrong says nothing."""
    if exchange.status == 422:
        return History(REJECTED if split_subject(exchange.asked[0])[1] > LAST_PAGE else FAILED)
    if exchange.status != 200:
        return History(refusal(exchange))
    try:
        weeks = read_weeks(decode(exchange.body), exchange.fetched_at)
    except Malformed as error:
        return History(FAILED, reason=str(error))
    return History(FOUND if weeks else EMPTY, weeks)


def read_weeks(answer: object, asked_at: datetime) -> tuple[tuple[date, tuple[int, ...]], ...]:
    """Return the weeks of a page. Raises Malformed with what is wrong."""
    if not isinstance(answer, list):
        raise Malformed("the page is not a list")
    entries = [mapping(entry) for entry in sequence(cast("object", answer))]
    if len(entries) > PAGE_WEEKS:
        raise Malformed(f"the page has {len(entries)} weeks, and not at most {PAGE_WEEKS}")
    starts = [read_start(entry.get("week"), asked_at) for entry in entries]
    if any(newer - older != WEEK_SECONDS for newer, older in pairwise(starts)):
        raise Malformed("the weeks do not follow each other, newest first")
    return tuple((to_date(start), read_days(entry)) for start, entry in zip(starts, entries, strict=True))


def read_start(value: object, asked_at: datetime) -> int:
    """Return the Unix time of a week's label. Raises Malformed if it is not a Sunday, or lies in the future."""
    start = number(value)
    if start is None or (start - FIRST_SUNDAY) % WEEK_SECONDS:
        raise Malformed("a week does not begin on a Sunday")
    if not EARLIEST <= start <= asked_at.timestamp():
        raise Malformed("a week lies in the future, or before GitHub")
    return start


def read_days(entry: dict[str, object]) -> tuple[int, ...]:
    """Return the stars of a week's seven days. Raises Malformed if they are not seven, or not what their sum says."""
    days = [number(value) for value in sequence(entry.get("days"))]
    known = tuple(value for value in days if value is not None and value <= MOST)
    if len(days) != 7 or len(known) != 7:
        raise Malformed("a week does not have seven counts")
    if sum(known) != number(entry.get("total")):
        raise Malformed("the days of a week do not add up to its total")
    return known


def to_date(start: int) -> date:
    return date(1970, 1, 1) + timedelta(seconds=start)


def parse_star_history(exchanges: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return WEEKS, ATTEMPTS and REFUSED from EXCHANGE rows of this service, each in the order of the rows."""
    weeks: list[dict[str, object]] = []
    attempts: list[dict[str, object]] = []
    refused: list[dict[str, object]] = []
    for exchange in exchanges_of(exchanges):
        history = read_history(exchange)
        attempts.append(describe_attempt(exchange, history))
        weeks += describe_weeks(exchange, history)
        if history.reason:
            about: dict[str, object] = {"subject_id": exchange.asked[0], "attempted_at": exchange.fetched_at}
            refused.append(about | {"reason": f"the page of stars cannot be used: {history.reason}"})
    return (
        pl.DataFrame(weeks, schema=WEEKS),
        pl.DataFrame(attempts, schema=ATTEMPTS),
        pl.DataFrame(refused, schema=REFUSED),
    )


def describe_attempt(exchange: Exchange, history: History) -> dict[str, object]:
    """Return a row of ATTEMPTS."""
    return {
        "service": exchange.service,
        "subject_id": exchange.asked[0],
        "attempted_at": exchange.fetched_at,
        "outcome": history.outcome,
        "http_status": exchange.status,
    }


def describe_weeks(exchange: Exchange, history: History) -> list[dict[str, object]]:
    """Return rows of WEEKS; a page that is not full ends with the oldest week of all, as it has it."""
    repository_id, _ = split_subject(exchange.asked[0])
    is_last = len(history.weeks) < PAGE_WEEKS
    return [
        {
            "repository_id": repository_id,
            "week": week,
            "days": days,
            "is_oldest": is_last and place == len(history.weeks),
            "observed_at": exchange.fetched_at,
        }
        for place, (week, days) in enumerate(history.weeks, 1)
    ]
