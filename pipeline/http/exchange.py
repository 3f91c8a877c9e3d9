"""What went over the wire and what came of it: the rows that raw files hold, and the report of a run to a service."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

EXCHANGE = pl.Schema(
    {
        "service": pl.String,  # archive | arxiv | github
        "asked": pl.List(pl.String),  # the subjects asked for, in the order asked
        "round": pl.Int32,  # 1 first ask, 2 asked again in the same run because the first answer lacked it
        "url": pl.String,  # as requested, without user, password or token
        "method": pl.String,  # GET | POST | FILE | TARBALL
        "status": pl.Int32,  # null: no answer that can be used (time-out, reset, cut short, refused)
        "headers": pl.String,  # a JSON object, lower-case names, only those that matter
        "fetched_at": pl.Datetime("us", "UTC"),  # when the answer had arrived, or was given up
        "body": pl.Binary,  # as it came, content-encoding undone; null where there was no answer
        "error": pl.String,  # what went wrong on the wire, one line; null where an answer came
        "sha256": pl.String,  # hex, of body; null where body is null
    }
)

ATTEMPTS = pl.Schema(
    {
        "service": pl.String,
        "subject_id": pl.String,  # one of the exchange's `asked`
        "attempted_at": pl.Datetime("us", "UTC"),  # the exchange's fetched_at
        "outcome": pl.String,  # what this exchange says of this subject; the service's module lists the words
        "http_status": pl.Int32,  # null: no answer
    }
)


# What an exchange's error says where nobody was there to answer: asking again in a moment seldom helps.
REFUSED, UNRESOLVED, UNCONNECTED = (
    "the connection was refused",
    "the name of the host cannot be resolved",
    "no connection to the host",
)


@dataclass(frozen=True)
class Exchange:
    """One request and what came of it; the fields are those of EXCHANGE, headers not yet as JSON."""

    service: str
    asked: tuple[str, ...]
    round: int
    url: str
    method: str
    status: int | None
    headers: dict[str, str]
    fetched_at: datetime
    body: bytes | None
    error: str | None

    @property
    def is_unreachable(self) -> bool:
        """Whether no connection came about at all."""
        return self.error in (REFUSED, UNRESOLVED, UNCONNECTED)


@dataclass(frozen=True)
class Report:
    """What a round of requests to a service achieved, for metadata and for a person."""

    requests: int  # every try, also those that failed
    answered: int  # subjects of which something definite was learnt
    deferred: tuple[str, ...] = ()  # subjects not asked or not answered, in the order given
    reason: str | None = None  # why those were deferred, one line; null where none were
    until: datetime | None = None  # when to go on; null: any time
    quota_left: int | None = None  # requests or points left in the service's window; null: it has none or did not say
    quota_resets_at: datetime | None = None


def exchanges_frame(exchanges: Sequence[Exchange]) -> pl.DataFrame:
    """Return one row per exchange, in the order given, as EXCHANGE."""
    rows = [
        {
            **vars(exchange),
            "asked": list(exchange.asked),
            "headers": json.dumps(exchange.headers, sort_keys=True),
            "sha256": None if exchange.body is None else hashlib.sha256(exchange.body).hexdigest(),
        }
        for exchange in exchanges
    ]
    return pl.DataFrame(rows, schema=EXCHANGE)


def exchanges_of(frame: pl.DataFrame) -> Iterator[Exchange]:
    """Yield the exchanges that rows of EXCHANGE hold, in the order of the rows."""
    for row in frame.select(EXCHANGE.keys() - {"sha256"}).iter_rows(named=True):
        fields: dict[str, Any] = {**row, "asked": tuple(row["asked"]), "headers": json.loads(row["headers"])}
        yield Exchange(**fields)
