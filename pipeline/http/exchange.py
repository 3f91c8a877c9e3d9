"""A request with its response, as raw files hold it, and the report of a call to a service."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

EXCHANGE = pl.Schema(
    {
        # archive | feed | arxiv | datacite | github | star_history | hub | hub_paper | semantic_scholar
        "service": pl.String,
        "asked": pl.List(pl.String),  # the subjects requested, in order
        "round": pl.Int32,  # 1: first request; 2: repeated in the same run because the first response lacked it
        "url": pl.String,  # as requested, but without user, password or token
        "method": pl.String,  # GET | POST | FILE | TARBALL
        "status": pl.Int32,  # null: no usable response (time-out, reset, cut short, refused)
        "headers": pl.String,  # a JSON object, names in lower case, only those worth storing
        "fetched_at": pl.Datetime("us", "UTC"),  # when the response had arrived, or was given up
        "body": pl.Binary,  # decompressed, credentials of the request masked, else unchanged; null without a response
        "error": pl.String,  # what went wrong, one line; with a status: why the response is not believed; else null
        "sha256": pl.String,  # hex, of the body; null without one
    }
)

ATTEMPTS = pl.Schema(
    {
        "service": pl.String,
        "subject_id": pl.String,  # one of `asked`
        "attempted_at": pl.Datetime("us", "UTC"),  # its fetched_at
        "outcome": pl.String,  # what the response says about the subject; each service lists its words
        "http_status": pl.Int32,  # null: no response
    }
)


# Errors that mean that no connection came about: an immediate retry seldom helps.
REFUSED, UNRESOLVED, UNCONNECTED = (
    "the connection was refused",
    "the name of the host cannot be resolved",
    "no connection to the host",
)


# How an error begins that is a proxy's; the name of the setting follows.
OF_A_PROXY = "the proxy of "


@dataclass(frozen=True)
class Exchange:
    """One request and its response or failure. The fields are those of EXCHANGE; `headers` is not yet JSON."""

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
        return self.is_stopped_by_proxy or self.error in (REFUSED, UNRESOLVED, UNCONNECTED)

    @property
    def is_stopped_by_proxy(self) -> bool:
        """Whether the proxy that a setting names could not be used."""
        return self.error is not None and self.error.startswith(OF_A_PROXY)


@dataclass(frozen=True)
class Report:
    """What one call to a service achieved."""

    requests: int  # every try, failed ones included
    answered: int  # subjects with a definite answer
    deferred: tuple[str, ...] = ()  # the other subjects, in the order given
    reason: str | None = None  # why they were deferred, one line; None if none were
    until: datetime | None = None  # when to continue; None: any time
    quota_left: int | None = None  # requests or points left in the service's window; None: unknown
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
    """Yield EXCHANGE rows as exchanges, in order."""
    for row in frame.select(EXCHANGE.keys() - {"sha256"}).iter_rows(named=True):
        fields: dict[str, Any] = {**row, "asked": tuple(row["asked"]), "headers": json.loads(row["headers"])}
        yield Exchange(**fields)
