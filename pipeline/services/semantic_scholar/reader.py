"""Read Semantic Scholar's responses: citations found, and an outcome for every id requested. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import polars as pl

from pipeline.core.terminal import one_line
from pipeline.http.exchange import ATTEMPTS, Exchange, exchanges_of
from pipeline.services.arxiv.ids import canonical_id
from pipeline.services.github.json_values import Malformed, decode, decode_object, mapping, number, sequence, text

CITATIONS = pl.Schema(
    {
        "arxiv_id": pl.String,  # canonical, without version
        "citation_count": pl.Int64,  # never null: an entry without one says nothing
        "influential_citation_count": pl.Int64,  # null if the entry has none
        # in the order of the entry; null if it has none that can be read; either may be null
        "authors": pl.List(pl.Struct({"author_id": pl.String, "name": pl.String})),
        "observed_at": pl.Datetime("us", "UTC"),
    }
)

SERVICE = "semantic_scholar"
# Outcomes of an attempt. The last two say nothing about the paper, and it is asked for again in the next run.
FOUND = "found"
NOT_FOUND = "not_found"  # Semantic Scholar does not know the id
UNUSABLE = "unusable"  # an entry of another paper, or without a count: it would be the same tomorrow
RATE_LIMITED = "rate_limited"
FAILED = "failed"
DEFINITE = frozenset({FOUND, NOT_FOUND, UNUSABLE})
NONE_KNOWN = re.compile("no valid paper ids", re.IGNORECASE)


@dataclass(frozen=True)
class Reading:
    """What one response says: an outcome for every id requested, and the entries found."""

    outcomes: dict[str, str]
    entries: tuple[dict[str, Any], ...] = ()  # columns of CITATIONS but observed_at

    @property
    def is_answer(self) -> bool:
        """Whether the service answered the question, for at least one id."""
        return any(outcome in DEFINITE for outcome in self.outcomes.values())


def read_response(exchange: Exchange) -> Reading:
    """Return what a response says. Never raises."""
    if exchange.status == 200:
        return read_entries(exchange)
    is_unknown = exchange.status == 400 and NONE_KNOWN.search(read_complaint(exchange))
    outcome = NOT_FOUND if is_unknown else RATE_LIMITED if exchange.status == 429 else FAILED
    return Reading(dict.fromkeys(exchange.asked, outcome))


def read_entries(exchange: Exchange) -> Reading:
    """Return what a list of entries says: one for each id, in the order asked."""
    try:
        told = sequence(decode(exchange.body))
    except Malformed:
        told = []
    if len(told) != len(exchange.asked):
        return Reading(dict.fromkeys(exchange.asked, FAILED))
    outcomes: dict[str, str] = {}
    entries: list[dict[str, Any]] = []
    for arxiv_id, answer in zip(exchange.asked, told, strict=True):
        if arxiv_id not in outcomes:
            outcomes[arxiv_id], entry = read_entry(arxiv_id, answer)
            entries += [entry] if entry else []
    return Reading(outcomes, tuple(entries))


def read_entry(arxiv_id: str, answer: object) -> tuple[str, dict[str, Any] | None]:
    """Return the outcome of one id, and its entry if it has one. An entry counts only under the id it names itself."""
    if answer is None:
        return NOT_FOUND, None
    if not isinstance(answer, dict):
        return FAILED, None
    entry = mapping(cast("object", answer))
    try:
        named = text(mapping(entry.get("externalIds")).get("ArXiv"))
        count, influential = number(entry.get("citationCount")), number(entry.get("influentialCitationCount"))
    except Malformed:
        return FAILED, None
    if named is None or canonical_id(named) != arxiv_id or count is None:
        return UNUSABLE, None
    return FOUND, {
        "arxiv_id": arxiv_id,
        "citation_count": count,
        "influential_citation_count": influential,
        "authors": read_authors(entry.get("authors")),
    }


def read_authors(written: object) -> list[dict[str, str | None]] | None:
    """Return the authors of an entry in order; None if any of them cannot be read, since their places would move."""
    if not isinstance(written, list):
        return None
    try:
        return [read_author(author) for author in sequence(cast("object", written))]
    except Malformed:
        return None


def read_author(written: object) -> dict[str, str | None]:
    """Return number and name of an author. Raises Malformed."""
    if not isinstance(written, dict):
        raise Malformed("not an author")
    author = mapping(cast("object", written))
    return {"author_id": text(author.get("authorId")), "name": text(author.get("name"))}


def read_complaint(exchange: Exchange) -> str:
    """Return the words of an error, harmless and on one line; empty if there are none."""
    answer = decode_object(exchange.body)
    words = answer.get("error") or answer.get("message")
    return one_line(words) if isinstance(words, str) else ""


def parse_citations(exchanges: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return CITATIONS, one row per response and paper found, and ATTEMPTS, one row per response and id requested.

    Takes EXCHANGE rows in any order and skips other services. Both frames are sorted by id, then time.
    """
    citations: list[dict[str, Any]] = []
    attempts: list[dict[str, Any]] = []
    for exchange in exchanges_of(exchanges.filter(pl.col("service") == SERVICE)):
        answer = read_response(exchange)
        citations += [{**entry, "observed_at": exchange.fetched_at} for entry in answer.entries]
        attempts += attempts_of(exchange, answer.outcomes)
    return (
        pl.DataFrame(citations, schema=CITATIONS).sort("arxiv_id", "observed_at", "citation_count"),
        pl.DataFrame(attempts, schema=ATTEMPTS).sort("subject_id", "attempted_at", "outcome", "http_status"),
    )


def attempts_of(exchange: Exchange, outcomes: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "service": SERVICE,
            "subject_id": arxiv_id,
            "attempted_at": exchange.fetched_at,
            "outcome": outcome,
            "http_status": exchange.status,
        }
        for arxiv_id, outcome in outcomes.items()
    ]
