"""Read what Hugging Face says of models, data sets and spaces. Pure: each response by itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import polars as pl

from pipeline.http.exchange import ATTEMPTS, Exchange, exchanges_of
from pipeline.services.arxiv.ids import canonical_id
from pipeline.services.github.json_values import Malformed, decode, decode_object, flag, mapping, moment, number, text
from pipeline.services.github.repositories import listed
from pipeline.services.hub.resources import split_subject

SERVICE = "hub"
FOUND, NOT_PUBLIC, UNAUTHORIZED, RATE_LIMITED, FAILED = "found", "not_public", "unauthorized", "rate_limited", "failed"

RESOURCES = pl.Schema(
    {
        "resource_asked": pl.String,  # kind/owner/name in lower case, as requested
        "hub_id": pl.String,  # 24 hexadecimal digits; stays the same after a rename
        "hub_name": pl.String,  # owner/name as the service writes it; differs from the one asked after a rename
        "licence": pl.String,  # of the tag license:…; null here and below: none
        "is_gated": pl.Boolean,
        "is_disabled": pl.Boolean,
        "library": pl.String,
        "pipeline_task": pl.String,
        "sdk": pl.String,
        "base_models": pl.List(pl.String),  # each once, in code point order; empty: none
        "cited_arxiv_ids": pl.List(pl.String),  # of the tags arxiv:…, canonical; each once, sorted
        "created_at": pl.Datetime("us", "UTC"),
        "modified_at": pl.Datetime("us", "UTC"),
        "downloads_30_days_count": pl.Int64,
        "downloads_all_time_count": pl.Int64,
        "likes_count": pl.Int64,
        "status": pl.String,  # found | not_public; the last has only resource_asked and observed_at
        "observed_at": pl.Datetime("us", "UTC"),
    }
)

# Anonymously, what is missing and what is private are told alike; a token that is refused is told in other words.
MISSING_TEXT = "invalid username or password"
REFUSED_TEXT = "invalid credentials"
HUB_ID = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True)
class Meaning:
    """What one response says about the resource requested."""

    outcome: str  # found | not_public | unauthorized | rate_limited | failed
    facts: dict[str, object] | None = None  # columns of RESOURCES; only where found


def parse_resources(exchanges: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return RESOURCES and ATTEMPTS from EXCHANGE rows with `exchange_id`, which both keep; other services are skipped.

    Only found and not_public say something about a resource.
    """
    resources: list[dict[str, Any]] = []
    attempts: list[dict[str, Any]] = []
    ours = exchanges.filter(pl.col("service") == SERVICE)
    for exchange_id, exchange in zip(ours["exchange_id"], exchanges_of(ours), strict=True):
        for subject in dict.fromkeys(asked.lower() for asked in exchange.asked):
            meaning = read(exchange, subject)
            known = {"exchange_id": exchange_id}
            attempts.append(known | describe_attempt(exchange, subject, meaning))
            if meaning.outcome in (FOUND, NOT_PUBLIC):
                seen = {"resource_asked": subject, "status": meaning.outcome, "observed_at": exchange.fetched_at}
                resources.append(known | (meaning.facts or {}) | seen)
    return (
        pl.DataFrame(resources, schema={**RESOURCES, "exchange_id": pl.String}),
        pl.DataFrame(attempts, schema={**ATTEMPTS, "exchange_id": pl.String}),
    )


def describe_attempt(exchange: Exchange, subject: str, meaning: Meaning) -> dict[str, object]:
    """Return a row of ATTEMPTS."""
    return {
        "service": SERVICE,
        "subject_id": subject,
        "attempted_at": exchange.fetched_at,
        "outcome": meaning.outcome,
        "http_status": exchange.status,
    }


def read(exchange: Exchange, subject: str) -> Meaning:
    """Return what a response says about `kind/owner/name`; anything but the documented JSON is a failure."""
    if exchange.status != 200:
        return Meaning(refusal(exchange))
    asked = split_subject(subject)
    if asked is None:
        return Meaning(FAILED)
    try:
        return Meaning(FOUND, read_facts(mapping(decode(exchange.body)), asked[0]))
    except Malformed:
        return Meaning(FAILED)


def refusal(exchange: Exchange) -> str:
    """Return the outcome of a response other than a 200: absence is what the service itself says, in its own words."""
    said = str(decode_object(exchange.body).get("error")).lower()
    if exchange.status == 401 and "x-error-code" not in exchange.headers:
        return NOT_PUBLIC if MISSING_TEXT in said else UNAUTHORIZED if REFUSED_TEXT in said else FAILED
    if exchange.status in (401, 404) and exchange.headers.get("x-error-code") == "RepoNotFound":
        return NOT_PUBLIC
    return RATE_LIMITED if exchange.status == 429 else FAILED


def read_facts(answer: dict[str, object], kind: str) -> dict[str, object]:
    """Return the columns in a resource's JSON. Raises Malformed if a value has the wrong form."""
    hub_id, name = text(answer.get("_id")), text(answer.get("id"))
    if hub_id is None or not HUB_ID.fullmatch(hub_id) or name is None or split_subject(f"{kind}/{name}") is None:
        raise Malformed("not a resource")
    tags = texts(answer.get("tags"))
    is_space = kind == "space"
    return {
        "hub_id": hub_id,
        "hub_name": name,
        "licence": next(tagged(tags, "license:"), None),
        "is_gated": read_gate(answer.get("gated")),
        "is_disabled": flag(answer.get("disabled")),
        "library": text(answer.get("library_name")),
        "pipeline_task": text(answer.get("pipeline_tag")),
        "sdk": text(answer.get("sdk")),
        "base_models": read_base_models(answer.get("baseModels")),
        "cited_arxiv_ids": sorted({found for tag in tagged(tags, "arxiv:") if (found := canonical_id(tag))}),
        "created_at": moment(answer.get("createdAt")),
        "modified_at": moment(answer.get("lastModified")),
        # a space has none, and what is not asked for is no answer
        "downloads_30_days_count": None if is_space else number(answer.get("downloads")),
        "downloads_all_time_count": None if is_space else number(answer.get("downloadsAllTime")),
        "likes_count": number(answer.get("likes")),
    }


def read_gate(value: object) -> bool | None:
    """Return whether files are given to those who ask only: false, or how they ask. Raises Malformed."""
    return True if value in ("auto", "manual") else flag(value)


def read_base_models(value: object) -> list[str]:
    """Return the names of the models that a model is made of, sorted; a model of its own has none. Raises Malformed."""
    if value is None:
        return []
    if not isinstance(value, dict):
        raise Malformed("not an object")
    names = [text(mapping(model).get("id")) for model in listed(mapping(cast("object", value)).get("models"))]
    return sorted({name for name in names if name is not None})


def texts(value: object) -> list[str]:
    """Return a list of strings, [] for null. Raises Malformed."""
    return [found for each in listed(value) if (found := text(each)) is not None]


def tagged(tags: list[str], prefix: str) -> Iterator[str]:
    """Yield what follows a prefix in tags, in order."""
    return (tag.removeprefix(prefix) for tag in tags if tag.startswith(prefix) and tag != prefix)
