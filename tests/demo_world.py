"""What the demo's pages and invented facts say, in plain Python: the other way to the answers that the queries give."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.sources.layouts.markdown import parse_pages, read_page
from pipeline.sources.reading import PAGES
from pipeline.standin import DEMO, Facts, Paper, Repository

RELEASES = ("model", "dataset", "space", "unsure")
TIMLRX, GABRIELCHUA = "timlrx/daily-ai-papers", "gabrielchua/daily-ai-papers"


@dataclass(frozen=True)
class Listing:
    """A row of a page."""

    source: str
    day: date
    position: int
    arxiv_id: str
    title: str
    summary: str | None
    authors: tuple[str, ...]
    tasks: tuple[str, ...]
    links: tuple[dict[str, Any], ...]

    @property
    def repository_names(self) -> dict[str, str]:
        """Lower-case names of the repositories linked, each with the first link's text."""
        found: dict[str, str] = {}
        for link in self.links:
            if link["kind"] == "repository":
                found.setdefault(link["target"].lower(), link["url"])
        return found

    @property
    def hub_resources(self) -> set[tuple[str, str]]:
        """Kind and id of the Hugging Face resources linked; the kind is `unsure` where the link does not say it."""
        return {
            ("unsure" if link["is_kind_guessed"] else link["kind"], link["target"])
            for link in self.links
            if link["kind"] in ("model", "dataset", "space", "collection", "account")
        }


@dataclass
class Listed:
    """A paper with all its listings, the first one first, and what arXiv says of it.

    Of two sources that list it on one day, TIMLRX goes first: the other one gives no labels and no links.
    """

    arxiv_id: str
    facts: Paper | None
    listings: list[Listing] = field(default_factory=list)

    @property
    def first_day(self) -> date:
        return self.listings[0].day

    @property
    def title(self) -> str:
        return self.facts.title if self.facts else self.listings[0].title

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the first listing that has any."""
        return next((listing.tasks for listing in self.listings if listing.tasks), ("(unknown)",))

    @property
    def can_tell(self) -> bool:
        """Whether a source lists it that says what labels, code and models there are."""
        return TIMLRX in self.sources

    @property
    def summary(self) -> str | None:
        return next((listing.summary for listing in self.listings if listing.summary), None)

    @property
    def label_day(self) -> date:
        return next((listing.day for listing in self.listings if listing.tasks), self.first_day)

    @property
    def repositories(self) -> dict[str, str]:
        """Names of the repositories that any listing links to, each with the first link's text."""
        found: dict[str, str] = {}
        for listing in self.listings:
            for name, url in listing.repository_names.items():
                found.setdefault(name, url)
        return found

    @property
    def hub_resources(self) -> set[tuple[str, str]]:
        return set().union(*(listing.hub_resources for listing in self.listings))

    @property
    def authors(self) -> tuple[str, ...]:
        return tuple(author[0] for author in self.facts.authors) if self.facts else self.listings[0].authors

    @property
    def sources(self) -> list[str]:
        return sorted({listing.source for listing in self.listings})

    @property
    def submitted(self) -> datetime:
        assert self.facts is not None
        return datetime.fromisoformat(self.facts.submitted_at).replace(tzinfo=None)

    @property
    def updated(self) -> datetime:
        assert self.facts is not None
        return datetime.fromisoformat(self.facts.updated_at).replace(tzinfo=None)


class World:
    """All of the demo, before any correction."""

    def __init__(self) -> None:
        self.facts = Facts(DEMO)
        files = sorted((DEMO / "archive").glob("*/*/main/archive/*/*/*.md"))
        self.parsed = parse_pages(pl.DataFrame([read_file(file) for file in files], schema=PAGES, orient="row"))

    @cached_property
    def listings(self) -> list[Listing]:
        order = ["listing_date", pl.col("source_id") != TIMLRX, "source_id", "position"]
        rows = self.parsed.listings.sort(order).iter_rows(named=True)
        return [
            Listing(
                row["source_id"],
                row["listing_date"],
                row["position"],
                row["arxiv_id"],
                row["title"],
                row["summary"],
                tuple(row["authors"]),
                tuple(row["tasks"]),
                tuple(row["links"]),
            )
            for row in rows
        ]

    @cached_property
    def papers(self) -> dict[str, Listed]:
        found: dict[str, Listed] = {}
        for listing in self.listings:
            paper = found.setdefault(listing.arxiv_id, Listed(listing.arxiv_id, self.facts.paper(listing.arxiv_id)))
            paper.listings.append(listing)
        return found

    @property
    def found_papers(self) -> Iterator[Listed]:
        return (paper for paper in self.papers.values() if paper.facts)

    def repository(self, name: str) -> Repository | None:
        """The repository that GitHub describes under a name; None where it is gone or blocked."""
        found = self.facts.repository(name)
        return found if found and found.status == "found" else None

    def full_name(self, name: str) -> str:
        """The name under which it counts: GitHub's, so that a renamed repository is one."""
        found = self.repository(name)
        return found.full_name if found else name

    @cached_property
    def repositories(self) -> dict[str, list[Listed]]:
        """Full names of the repositories linked, each with its papers in order of their first listing."""
        found: defaultdict[str, list[Listed]] = defaultdict(list)
        for paper in sorted(self.papers.values(), key=lambda paper: (paper.first_day, paper.arxiv_id)):
            for name in {self.full_name(name): None for name in paper.repositories}:
                found[name].append(paper)
        return found

    @cached_property
    def pages(self) -> dict[tuple[str, date], dict[str, Any]]:
        rows = self.parsed.pages.iter_rows(named=True)
        return {(row["source_id"], row["listing_date"]): row for row in rows}


def read_file(file: Path) -> tuple[str, date, str]:
    """Source, day and text of a page of the archive's folder."""
    owner, name, _, _, year, month, day = file.relative_to(DEMO / "archive").with_suffix("").parts
    return f"{owner}/{name}", date(int(year), int(month), int(day)), read_page(file.read_bytes()).text


def month_of(day: date) -> date:
    return day.replace(day=1)


def quarter_of(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def rounded(number: Fraction | int, digits: int) -> float:
    exact = Fraction(number)
    value = Decimal(exact.numerator) / Decimal(exact.denominator)
    return float(value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def by_group(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    """Collect the second of each pair under the first, in the order met."""
    groups: defaultdict[Any, list[Any]] = defaultdict(list)
    for group, member in pairs:
        groups[group].append(member)
    return dict(groups)
