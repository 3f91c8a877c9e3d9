"""Read arXiv responses: papers found, and an outcome for every id requested. Pure: each response by itself."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.http.exchange import ATTEMPTS, Exchange, exchanges_of
from pipeline.services.arxiv.atom import Feed, FeedError, find_head, parse_feed

PAPERS = pl.Schema(
    {
        "arxiv_id": pl.String,  # canonical, without version
        "version": pl.Int32,  # from 1; null if the entry has none
        "title": pl.String,  # white space collapsed; may be "0"
        "abstract": pl.String,  # trimmed, else unchanged; null if the entry has none
        "primary_category": pl.String,  # null if it is not one of arXiv's
        "submitted_at": pl.Datetime("us", "UTC"),  # of version 1
        "updated_at": pl.Datetime("us", "UTC"),  # of this version
        "doi": pl.String,  # the first of dois, or null
        "dois": pl.List(pl.String),  # 0..n, as listed
        "journal_ref": pl.String,  # typed by an author, or null
        "comment": pl.String,  # typed by an author, or null
        "is_withdrawn": pl.Boolean,  # judged by the start of the comment: a hint, not proof
        "authors": pl.List(pl.Struct({"name": pl.String, "affiliations": pl.List(pl.String)})),  # in order
        "categories": pl.List(pl.String),  # arXiv's only, in the order of the feed
        "observed_at": pl.Datetime("us", "UTC"),
    }
)


SERVICE = "arxiv"


@dataclass(frozen=True)
class Reading:
    """What one response says: an outcome for every id requested, and the papers found."""

    outcomes: dict[str, str]
    papers: tuple[dict[str, Any], ...] = ()
    is_feed: bool = False
    is_empty: bool = False  # none of several ids came back: the service sometimes fails like this
    is_spoilt: bool = False  # begins like a feed, and is none: one of several entries may be to blame
    is_refused: bool = False  # the whole batch is refused for the form of one id, or the length of the list


def read_response(exchange: Exchange) -> Reading:
    """Return what a response says. Outcomes: found, missing, not_found, rejected, failed. Never raises."""
    failed = dict.fromkeys(exchange.asked, "failed")
    if exchange.status == 414:
        return Reading(failed, is_refused=True)
    if exchange.status not in (200, 400) or exchange.body is None:
        return Reading(failed)
    try:
        feed = parse_feed(exchange.body)
    except FeedError:
        return Reading(failed, is_spoilt=find_head(exchange.body) is not None, is_refused=exchange.status == 400)
    if exchange.status == 400 or feed.complaint is not None:
        is_culprit = feed.is_malformed_id and len(exchange.asked) == 1
        return Reading(
            dict.fromkeys(exchange.asked, "rejected") if is_culprit else failed, is_feed=True, is_refused=True
        )
    if len(exchange.asked) > 1 and not any(arxiv_id in feed.papers or arxiv_id in feed.broken for arxiv_id in failed):
        return Reading(failed, is_feed=True, is_empty=True)
    is_final = is_proof(exchange, feed)
    outcomes = {arxiv_id: outcome_of(arxiv_id, feed, is_final=is_final) for arxiv_id in exchange.asked}
    papers = [feed.papers[arxiv_id] for arxiv_id in outcomes if arxiv_id in feed.papers]
    return Reading(outcomes, tuple({**paper, "observed_at": exchange.fetched_at} for paper in papers), is_feed=True)


def is_proof(exchange: Exchange, feed: Feed) -> bool:
    """Whether an id that is not in a good feed is not at arXiv: it was requested again, alone or beside a control.

    The control is the last of the ids requested; where it did not come back either, the service has dropped entries.
    """
    if exchange.round == 1 or len(exchange.asked) < 2:
        return exchange.round > 1
    return exchange.asked[-1] in feed.papers or exchange.asked[-1] in feed.broken


def outcome_of(arxiv_id: str, feed: Feed, *, is_final: bool) -> str:
    """Return the outcome of one id in a good feed."""
    if arxiv_id in feed.papers:
        return "found"
    if arxiv_id in feed.broken or feed.lost:
        return "failed"
    return "not_found" if is_final else "missing"


def parse_papers(exchanges: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return PAPERS, one row per response and paper found, and ATTEMPTS, one row per response and id requested.

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
        pl.DataFrame(papers, schema=PAPERS).sort("arxiv_id", "observed_at", "version", "updated_at", "title"),
        pl.DataFrame(attempts, schema=ATTEMPTS).sort("subject_id", "attempted_at", "outcome", "http_status"),
    )
