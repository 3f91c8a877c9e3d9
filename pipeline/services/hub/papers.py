"""Read what Hugging Face says of a paper: upvotes, code and who named it, models, data sets and spaces. Pure."""

from typing import Any
from urllib.parse import quote

import polars as pl

from pipeline.http.exchange import ATTEMPTS, Exchange, exchanges_of
from pipeline.services.arxiv.ids import canonical_id
from pipeline.services.github.json_values import Malformed, decode, decode_object, mapping, number, text
from pipeline.services.github.repositories import listed
from pipeline.services.hub.reader import FAILED, FOUND, NOT_PUBLIC, Meaning, refusal
from pipeline.services.hub.resources import split_subject

SERVICE = "hub_paper"
NOT_INDEXED = "not_indexed"
LISTS = {"model": "linkedModels", "dataset": "linkedDatasets", "space": "linkedSpaces"}

HUB_PAPERS = pl.Schema(
    {
        "arxiv_id": pl.String,  # canonical, without version
        "upvotes_count": pl.Int64,
        "code_url": pl.String,  # as told; null here and below: none
        "code_added_by": pl.String,  # user: a person; auto: matched by the service
        "project_url": pl.String,
        "organisation": pl.String,  # account name
        "resources": pl.List(pl.String),  # kind/owner/name as the service writes it, each once, sorted
        "models_count": pl.Int64,  # all of them: the lists may be cut
        "datasets_count": pl.Int64,
        "spaces_count": pl.Int64,
        "observed_at": pl.Datetime("us", "UTC"),
    }
)


def is_askable(arxiv_id: str) -> bool:
    """Return whether the service can have a paper: one with a new arXiv id, which it calls papers by."""
    return "/" not in arxiv_id and canonical_id(arxiv_id) == arxiv_id


def paper_address(url: str, arxiv_id: str) -> str | None:
    """Return the address of a paper's description; None for what the service cannot have."""
    return f"{url}/api/papers/{quote(arxiv_id)}" if is_askable(arxiv_id) else None


def parse_hub_papers(exchanges: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return HUB_PAPERS and ATTEMPTS from EXCHANGE rows with `exchange_id`, which both keep; others are skipped.

    Only a paper that was found has a row in the first; that the service has no page of one is an attempt.
    """
    papers: list[dict[str, Any]] = []
    attempts: list[dict[str, Any]] = []
    ours = exchanges.filter(pl.col("service") == SERVICE)
    for exchange_id, exchange in zip(ours["exchange_id"], exchanges_of(ours), strict=True):
        for arxiv_id in dict.fromkeys(exchange.asked):
            meaning = read_paper(exchange, arxiv_id)
            known = {"exchange_id": exchange_id}
            attempts.append(
                known
                | {
                    "service": SERVICE,
                    "subject_id": arxiv_id,
                    "attempted_at": exchange.fetched_at,
                    "outcome": meaning.outcome,
                    "http_status": exchange.status,
                }
            )
            if meaning.facts is not None:
                papers.append(known | {"arxiv_id": arxiv_id, "observed_at": exchange.fetched_at} | meaning.facts)
    return (
        pl.DataFrame(papers, schema={**HUB_PAPERS, "exchange_id": pl.String}),
        pl.DataFrame(attempts, schema={**ATTEMPTS, "exchange_id": pl.String}),
    )


def read_paper(exchange: Exchange, arxiv_id: str) -> Meaning:
    """Return what a response says about a paper; anything but the documented JSON is a failure."""
    if exchange.status != 200:
        return Meaning(refuse_paper(exchange))
    try:
        return Meaning(FOUND, read_facts(mapping(decode(exchange.body)), arxiv_id))
    except Malformed:
        return Meaning(FAILED)


def refuse_paper(exchange: Exchange) -> str:
    """Return the outcome of a response other than a 200. That there is no page is a 404 in the service's own form."""
    if exchange.status == 404 and isinstance(decode_object(exchange.body).get("error"), str):
        return NOT_INDEXED
    outcome = refusal(exchange)
    return FAILED if outcome == NOT_PUBLIC else outcome


def read_facts(answer: dict[str, object], arxiv_id: str) -> dict[str, object]:
    """Return the columns in a paper's JSON. Raises Malformed if it is about another, or a value has the wrong form."""
    if answer.get("id") != arxiv_id:
        raise Malformed("another paper")
    return {
        "upvotes_count": number(answer.get("upvotes")),
        "code_url": text(answer.get("githubRepo")),
        "code_added_by": text(answer.get("githubRepoAddedBy")),
        "project_url": text(answer.get("projectPage")),
        "organisation": text(mapping(answer.get("organization")).get("name")),
        "resources": sorted({subject for kind in LISTS for subject in read_subjects(answer, kind)}),
        "models_count": number(answer.get("numTotalModels")),
        "datasets_count": number(answer.get("numTotalDatasets")),
        "spaces_count": number(answer.get("numTotalSpaces")),
    }


def read_subjects(answer: dict[str, object], kind: str) -> list[str]:
    """Return the resources of one kind as kind/owner/name; what cannot be one is left out. Raises Malformed."""
    names = [text(mapping(each).get("id")) for each in listed(answer.get(LISTS[kind]))]
    return [f"{kind}/{name}" for name in names if name is not None and split_subject(f"{kind}/{name}")]
