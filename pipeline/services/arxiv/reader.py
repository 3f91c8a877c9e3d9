"""Read arXiv responses: what each says of the ids asked for, as frames. Pure: a function of the response alone."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.http.exchange import ATTEMPTS, Exchange, exchanges_of
from pipeline.services.arxiv.atom import Feed, FeedError, parse_feed

PAPERS = pl.Schema(
    {
        "arxiv_id": pl.String,  # canonical, without version
        "version": pl.Int32,  # from 1; null where the entry does not say
        "title": pl.String,  # white space squeezed; may be "0"
        "abstract": pl.String,  # trimmed, else as it came; null where the entry has none
        "primary_category": pl.String,  # null where it is none of arXiv's
        "submitted_at": pl.Datetime("us", "UTC"),  # of version 1
        "updated_at": pl.Datetime("us", "UTC"),  # of this version
        "doi": pl.String,  # the first of dois, or null
        "dois": pl.List(pl.String),  # 0..n, as listed
        "journal_ref": pl.String,  # typed by an author, or null
        "comment": pl.String,  # typed by an author, or null
        "is_withdrawn": pl.Boolean,  # by how the comment begins: a hint, no proof
        "authors": pl.List(pl.Struct({"name": pl.String, "affiliations": pl.List(pl.String)})),  # in order
        "categories": pl.List(pl.String),  # arXiv's only, in the order of the feed
        "observed_at": pl.Datetime("us", "UTC"),
    }
)


SERVICE = "arxiv"


@dataclass(frozen=True)
class Answer:
    """What one exchange says: an outcome for every id that was asked, and the papers found among them."""

    outcomes: dict[str, str]
    papers: tuple[dict[str, Any], ...] = ()
    is_feed: bool = False
    is_empty: bool = False  # none of several ids came back, which is how the service fails now and then
    is_refused: bool = False  # the form of one id, or the length of the list, refuses the whole batch


def read_answer(exchange: Exchange) -> Answer:
    """Return what an exchange says. Outcomes: found, missing, not_found, rejected, failed. Never raises."""
    failed = dict.fromkeys(exchange.asked, "failed")
    if exchange.status == 414:
        return Answer(failed, is_refused=True)
    if exchange.status not in (200, 400) or exchange.body is None:
        return Answer(failed)
    try:
        feed = parse_feed(exchange.body)
    except FeedError:
        return Answer(failed, is_refused=exchange.status == 400)
    if exchange.status == 400 or feed.complaint is not None:
        is_culprit = feed.is_malformed_id and len(exchange.asked) == 1
        return Answer(
            dict.fromkeys(exchange.asked, "rejected") if is_culprit else failed, is_feed=True, is_refused=True
        )
    if len(exchange.asked) > 1 and not any(arxiv_id in feed.papers or arxiv_id in feed.broken for arxiv_id in failed):
        return Answer(failed, is_feed=True, is_empty=True)
    outcomes = {arxiv_id: outcome_of(arxiv_id, feed, exchange.round) for arxiv_id in exchange.asked}
    papers = [feed.papers[arxiv_id] for arxiv_id in outcomes if arxiv_id in feed.papers]
    return Answer(outcomes, tuple({**paper, "observed_at": exchange.fetched_at} for paper in papers), is_feed=True)


def outcome_of(arxiv_id: str, feed: Feed, round: int) -> str:
    """Return what a good feed says of one id. Absence counts when it was asked again."""
    if arxiv_id in feed.papers:
        return "found"
    if arxiv_id in feed.broken:
        return "failed"
    return "missing" if round == 1 else "not_found"


def parse_exchanges(exchanges: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return PAPERS, one row per exchange and paper found, and ATTEMPTS, one row per exchange and id asked.

    Takes rows of EXCHANGE in any order; those of other services are left out. Both are sorted by id, then time.
    """
    papers: list[dict[str, Any]] = []
    attempts: list[dict[str, Any]] = []
    for exchange in exchanges_of(exchanges.filter(pl.col("service") == SERVICE)):
        answer = read_answer(exchange)
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
