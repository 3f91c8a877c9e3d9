"""Papers as they were listed on a day or in days, with what listings had told of them by then, and nothing later."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

Row = dict[str, Any]
MODELS = ("model", "dataset", "space")


def told_by(paper: Row, day: date) -> Row:
    """Return what the listings of a paper tell up to a day: its labels, code, models, texts, and authors but arXiv's.

    A list is empty if there is nothing, and None if nobody could tell by then.
    """
    listings = [each for each in paper["listings"] if each["listing_date"] <= day]
    labels: list[list[str]] = [each["labels"] for each in listings if each["labels"] is not None]
    has_code = any_told(each["has_code"] for each in listings)
    has_links = any_told(each["has_links"] for each in listings)
    resources = told_first(paper["resources"], day)
    tells_models = any(each["tells_models"] for each in listings)
    texts = [each for each in listings if each["summary"]]
    listed_abstract = next((each["summary"] for each in texts if each["is_abstract"]), None)
    named = (each["authors"] for each in listings if each["authors"])
    return {
        "authors": paper["authors"] if paper["has_arxiv_authors"] else max(named, key=len, default=None),
        "tasks": next((each for each in labels if each), labels[0]) if labels else None,
        "has_code": has_code,
        "repositories": told_first(paper["code"], day) if has_code else None if has_code is None else [],
        "has_models": any(each["kind"] in MODELS for each in resources) if tells_models else None,
        "hub_resources": resources if has_links else None if has_links is None else [],
        "summary": next((each["summary"] for each in texts if not each["is_abstract"]), None),
        "any_abstract": paper["abstract"] or listed_abstract,
    }


def any_told(told: Iterable[bool | None]) -> bool | None:
    """Return whether any of some said yes; None if none of them could tell."""
    known = [each for each in told if each is not None]
    return any(known) if known else None


def told_first(things: Sequence[Row], day: date) -> list[Row]:
    """Return what a listing told by a day."""
    return [each for each in things if each["first_told_date"] is not None and each["first_told_date"] <= day]


def labels_of(paper: Row) -> dict[str, None]:
    """Return every label that any listing of a paper gives, those of the first ones first."""
    return dict.fromkeys(label for listing in paper["listings"] for label in listing["labels"] or ())


def own_code(paper: Row) -> Row | None:
    """Return the most starred repository that was made for a paper; None if there is none, or no star is known."""
    own = (each for each in paper["repositories"] or () if each["link_role"] == "own" and each["stars_count"])
    return max(own, key=lambda each: each["stars_count"], default=None)


def within(paper: Row, first: date, last: date) -> Row | None:
    """Return a paper as it was listed from one day to another, as known on the last; None if it was not."""
    told = [each for each in paper["listings"] if first <= each["listing_date"] <= last]
    if not told:
        return None
    placed = [(each["listing_date"], each["position"]) for each in told if each["position"] is not None]
    listing_date = min(each["listing_date"] for each in told)
    return {
        **paper,
        **told_by(paper, last),
        "listing_date": listing_date,
        "listed_by": sorted({each["source_id"] for each in told}),
        "is_first_listing": listing_date == paper["first_listed_date"],
        "position": min(placed)[1] if placed else None,
    }


def by_day(papers: Iterable[Row]) -> dict[date, list[Row]]:
    """Return by day with a listing its papers: those of most sources first, then of most upvotes, then by place."""
    listed = sorted(listings_of(papers), key=lambda row: (row["listing_date"], *rank(row)))
    return {day: list(rows) for day, rows in groupby(listed, key=lambda row: row["listing_date"])}


def listings_of(papers: Iterable[Row]) -> Iterator[Row]:
    """Yield a row for each paper and day with a listing of it, as known on that day."""
    for paper in papers:
        for day in {listing["listing_date"] for listing in paper["listings"]}:
            if row := within(paper, day, day):
                yield row


def rank(row: Mapping[str, Any]) -> tuple[object, ...]:
    upvotes, position = row["upvotes_count"], row["position"]
    return (
        -len(row["listed_by"]),
        upvotes is None,
        -(upvotes or 0),
        position is None,
        position or 0,
        row["arxiv_id"],
    )


def learnt(papers: Iterable[Row], day: date) -> date | None:
    """Return the last day on which arXiv told of some papers, if that was after a day; else None."""
    told = max((paper["observed_at"].date() for paper in papers if paper["observed_at"]), default=day)
    return told if told > day else None
