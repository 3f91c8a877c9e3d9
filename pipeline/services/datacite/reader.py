"""Read DataCite's responses: papers found, and an outcome for every arXiv id requested. Pure: each response by itself.

arXiv deposits a record for every paper, of its newest version; the fields are in docs/services.md. No field is padded:
what a record does not say is null.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from pipeline.http.exchange import ATTEMPTS, Exchange, exchanges_of
from pipeline.services.arxiv.atom import CATEGORY, WITHDRAWN
from pipeline.services.arxiv.ids import canonical_id
from pipeline.services.github.json_values import Malformed, decode_object, mapping, moment, number, sequence, text
from pipeline.services.spelling import normalise

RECORDS = pl.Schema(
    {
        "arxiv_id": pl.String,  # canonical, without version
        "version": pl.Int32,  # of the newest one, from 1; null if the record has none
        "title": pl.String,  # white space collapsed
        "abstract": pl.String,  # white space collapsed, or null
        "primary_category": pl.String,  # the first of categories, or null
        "submitted_at": pl.Datetime("us", "UTC"),  # of version 1
        "updated_at": pl.Datetime("us", "UTC"),  # of the newest version with a time
        "comment": pl.String,  # the authors' comment, with their journal reference if they gave one; or null
        "is_withdrawn": pl.Boolean,  # a date of withdrawal, or the start of the comment
        "licence": pl.String,  # as cc-by-4.0, or the address of a licence without such a name; or null
        "version_times": pl.List(pl.Datetime("us", "UTC")),  # of each version from 1; null if one has no time
        "authors": pl.List(pl.Struct({"name": pl.String, "affiliations": pl.List(pl.String)})),  # in order
        "categories": pl.List(pl.String),  # arXiv's only, in order
        "observed_at": pl.Datetime("us", "UTC"),
    }
)

SERVICE = "datacite"
PREFIX = "10.48550/arxiv."  # of arXiv's DOIs, in lower case
REFUSALS = frozenset({400, 404, 414})  # of the form of a request


@dataclass(frozen=True)
class Reading:
    """What one response says: an outcome for every id requested, and the papers found."""

    outcomes: dict[str, str]  # found; missing: not there yet; unreadable: its own record is to blame; failed
    papers: tuple[dict[str, Any], ...] = ()
    is_list: bool = False
    is_refused: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it is a list, and has none of the ids requested."""
        return self.is_list and set(self.outcomes.values()) <= {"missing"}


@dataclass
class Records:
    """The records of a list, by canonical arXiv id."""

    papers: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    broken: set[str] = field(default_factory=set[str])
    has_lost: bool = False  # records of which nobody knows whose they are, or some that did not come

    def outcome(self, arxiv_id: str) -> str:
        """Return the outcome of an id requested; absence counts only in a list that is whole."""
        if arxiv_id in self.papers:
            return "found"
        if arxiv_id in self.broken:
            return "unreadable"
        return "failed" if self.has_lost else "missing"


def read_response(exchange: Exchange) -> Reading:
    """Return what a response says. Never raises."""
    failed = dict.fromkeys(exchange.asked, "failed")
    if exchange.status in REFUSALS:
        return Reading(failed, is_refused=True)
    answer = decode_object(exchange.body) if exchange.status == 200 else {}
    if not isinstance(answer.get("data"), list):
        return Reading(failed)
    records = read_records(answer)
    outcomes = {arxiv_id: records.outcome(arxiv_id) for arxiv_id in exchange.asked}
    papers = [records.papers[arxiv_id] for arxiv_id in outcomes if arxiv_id in records.papers]
    return Reading(outcomes, tuple({**paper, "observed_at": exchange.fetched_at} for paper in papers), is_list=True)


def read_records(answer: dict[str, object]) -> Records:
    """Return the records of a list. Of two of the same paper the newer version counts."""
    items = sequence(answer.get("data"))
    records = Records(has_lost=is_cut(answer, len(items)))
    for item in items:
        attributes = mapping(mapping(item).get("attributes"))
        arxiv_id = id_of(mapping(item).get("id"))
        if arxiv_id is None:
            records.has_lost = True
            continue
        try:
            paper = {"arxiv_id": arxiv_id, **read_record(arxiv_id, attributes)}
        except Malformed:
            records.broken.add(arxiv_id)
        else:
            known = records.papers.get(arxiv_id, paper)
            records.papers[arxiv_id] = max(known, paper, key=lambda found: (found["version"] or 0, found["updated_at"]))
    return records


def is_cut(answer: dict[str, object], count: int) -> bool:
    """Whether the list says that there are more records than it has."""
    try:
        total = number(mapping(answer.get("meta")).get("total"))
    except Malformed:
        return True
    return total is not None and total > count


def id_of(doi: object) -> str | None:
    """Return the arXiv id in a DOI of arXiv, of any case; None if there is none."""
    lower = doi.lower() if isinstance(doi, str) else ""
    return canonical_id(lower.removeprefix(PREFIX)) if lower.startswith(PREFIX) else None


def read_record(arxiv_id: str, attributes: dict[str, object]) -> dict[str, Any]:
    """Return the columns of a paper. Raises Malformed without title or first date, or with the id of another paper."""
    named = [squeeze(entry.get("identifier")) for entry in entries(attributes, "identifiers", identifierType="arXiv")]
    if any(name is not None and canonical_id(name) != arxiv_id for name in named):
        raise Malformed("another paper's id")
    title = next((squeeze(entry.get("title")) for entry in entries(attributes, "titles")), None)
    times = submissions(attributes)
    if title is None or 1 not in times:
        raise Malformed("a record without a title, or the time of version 1")
    comment = "; ".join(described(attributes, "Other")) or None
    codes = list(dict.fromkeys(categories_of(attributes)))
    newest = max(times)
    return {
        "version": version_of(attributes) or newest,
        "title": title,
        "abstract": next(described(attributes, "Abstract"), None),
        "primary_category": codes[0] if codes else None,
        "submitted_at": times[1],
        "updated_at": times[newest],
        "comment": comment,
        "is_withdrawn": any(entries(attributes, "dates", dateType="Withdrawn"))
        or WITHDRAWN.match(comment or "") is not None,
        "licence": licence_of(attributes),
        "version_times": [times[version] for version in sorted(times)] if newest == len(times) else None,
        "authors": list(authors_of(attributes)),
        "categories": codes,
    }


def entries(attributes: dict[str, object], name: str, **wanted: str) -> Iterator[dict[str, object]]:
    """Yield the objects of a list of the record that have the wanted values, in order."""
    for item in sequence(attributes.get(name)):
        entry = mapping(item)
        if entry and all(entry.get(key) == value for key, value in wanted.items()):
            yield entry


def squeeze(value: object) -> str | None:
    """Return a text with its white space collapsed; None for null and blanks. Raises Malformed."""
    return " ".join((text(value) or "").split()) or None


def described(attributes: dict[str, object], kind: str) -> Iterator[str]:
    for entry in entries(attributes, "descriptions", descriptionType=kind):
        found = squeeze(entry.get("description"))
        if found is not None:
            yield found


def submissions(attributes: dict[str, object]) -> dict[int, datetime]:
    """Return by version when it was submitted. Raises Malformed."""
    found: dict[int, datetime] = {}
    for entry in entries(attributes, "dates", dateType="Submitted"):
        version = count_of((squeeze(entry.get("dateInformation")) or "").removeprefix("v"))
        at = moment(entry.get("date"))
        if version is not None and at is not None:
            found[version] = at
    return found


def version_of(attributes: dict[str, object]) -> int | None:
    return count_of(squeeze(attributes.get("version")) or "")


def count_of(digits: str) -> int | None:
    """Return a version's number from 1, or None."""
    return int(digits) if re.fullmatch("[1-9][0-9]{0,3}", digits) else None


def licence_of(attributes: dict[str, object]) -> str | None:
    for rights in entries(attributes, "rightsList"):
        return squeeze(rights.get("rightsIdentifier")) or squeeze(rights.get("rightsUri"))
    return None


def authors_of(attributes: dict[str, object]) -> Iterator[dict[str, Any]]:
    """Yield the authors in order, as `Given Family` or as the record has them."""
    for creator in entries(attributes, "creators"):
        parts = [squeeze(creator.get("givenName")), squeeze(creator.get("familyName"))]
        name = normalise(" ".join(part for part in parts if part) or squeeze(creator.get("name")) or "").strip()
        if name:
            yield {"name": name, "affiliations": []}


def categories_of(attributes: dict[str, object]) -> Iterator[str]:
    """Yield the codes in `Digital Libraries (cs.DL)`; the first is the primary category."""
    for entry in entries(attributes, "subjects", subjectScheme="arXiv"):
        code = (squeeze(entry.get("subject")) or "").rpartition("(")[2].removesuffix(")")
        if CATEGORY.fullmatch(code):
            yield code


def parse_records(exchanges: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return RECORDS, one row per response and paper found, and ATTEMPTS, one row per response and id requested.

    Takes EXCHANGE rows in any order and skips other services. Both frames are sorted by id, then time.
    """
    papers: list[dict[str, Any]] = []
    attempts: list[dict[str, Any]] = []
    for exchange in exchanges_of(exchanges.filter(pl.col("service") == SERVICE)):
        answer = read_response(exchange)
        papers += answer.papers
        attempts += [
            {
                "service": SERVICE,
                "subject_id": arxiv_id,
                "attempted_at": exchange.fetched_at,
                "outcome": outcome,
                "http_status": exchange.status,
            }
            for arxiv_id, outcome in answer.outcomes.items()
        ]
    return (
        pl.DataFrame(papers, schema=RECORDS).sort("arxiv_id", "observed_at", "version", "updated_at", "title"),
        pl.DataFrame(attempts, schema=ATTEMPTS).sort("subject_id", "attempted_at", "outcome", "http_status"),
    )
