"""Answers of the services made for one test, and a warehouse of nothing else."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from empty import empty_warehouse

from pipeline.core import sql_files
from pipeline.http.exchange import Exchange
from pipeline.read import query
from pipeline.sources.pages import page_url, subject_of
from pipeline.sources.registry import find_source
from pipeline.standin.arxiv import FEED, write_entry
from pipeline.standin.facts import Paper, Repository
from pipeline.standin.providers.datacite import write_record
from pipeline.standin.records import View, describe_for_rest
from pipeline.warehouse.folder import Warehouse

NOWHERE = "http://127.0.0.1:9"
SIX = "| Title | Authors | Summary | Classification | GitHub URLs | HuggingFace URLs |\n|---|---|---|---|---|---|\n"
THREE = "| Title | Authors | Summary |\n|---|---|---|\n"
TIMLRX, GABRIELCHUA = "timlrx/daily-ai-papers", "gabrielchua/daily-ai-papers"
Rows = list[dict[str, Any]]


def moment(text: str) -> datetime:
    """Return a time in UTC, as `2025-03-03` or `2025-03-03 12:45`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def six(
    number: int,
    title: str = "Tea",
    authors: str = "Ada",
    summary: str = "Hot.",
    tasks: str = "[]",
    github: str = "N/A",
    hub: str = "N/A",
) -> str:
    """Return a row of the six columns that tell labels, code and models, of the paper 2503.<number>."""
    return (
        f"| [{title}](https://arxiv.org/abs/2503.{number:05}) | {authors} | {summary} | {tasks} | {github} | {hub} |\n"
    )


def three(number: int, title: str = "Tea", authors: str = "Ada", summary: str = "Hot.") -> str:
    """Return a row of three columns, which tell nothing of labels, code and models."""
    return f"| [{title}](https://arxiv.org/abs/2503.{number:05}) | {authors} | {summary} |\n"


def page(source_id: str, day: str, *rows: str, header: str | None = None, at: str | None = None) -> Exchange:
    """Return the answer with a source's page of a day, by default at the day's end and in the source's own columns."""
    listing_date = date.fromisoformat(day)
    text = (header or (SIX if source_id == TIMLRX else THREE)) + "".join(rows)
    url, subject = page_url(NOWHERE, find_source(source_id), listing_date), subject_of(source_id, listing_date)
    return Exchange("archive", (subject,), 1, url, "GET", 200, {}, moment(at or f"{day} 23:00"), text.encode(), None)


def absences(source_id: str, first: date, last: date) -> list[Exchange]:
    """Return the answers that a source has no page of each day of a range, at noon of the day after."""
    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    noons = [datetime.combine(day + timedelta(days=1), time(12), UTC) for day in days]
    return [
        Exchange("archive", (subject_of(source_id, day),), 1, NOWHERE, "GET", 404, {}, noon, b"", None)
        for day, noon in zip(days, noons, strict=True)
    ]


def fall_silent(folder: Path, last: date) -> None:
    """Let both sources of the demo answer, up to a day, that they have no page since the demo's last, and publish."""
    warehouse, first = Warehouse(folder), date(2025, 3, 22)
    warehouse.raw.store(*absences(TIMLRX, first, last), *absences(GABRIELCHUA, first, last))
    warehouse.refresh()
    warehouse.publish()


def arxiv(at: str, *papers: Paper, asked: Sequence[str] = (), status: int = 200) -> Exchange:
    """Return the answer of arXiv to a second request: of `asked` it lacks all, which a paper that came proves."""
    entries = "".join(write_entry(paper, paper.version) for paper in papers)
    feed = FEED.format(id="", title="", now=stamp(at), href='"urn:x"', size=1, total=1, start=0, entries=entries)
    names = (*asked, *(paper.arxiv_id for paper in papers))
    return Exchange("arxiv", names, 2, f"{NOWHERE}/api/query", "GET", status, {}, moment(at), feed.encode(), None)


def datacite(at: str, *papers: Paper, asked: Sequence[str] = (), withdrawn: bool = False) -> Exchange:
    """Return the answer of DataCite for papers, and for others that it lacks."""
    records = [write_record(paper, is_withdrawn=withdrawn) for paper in papers]
    names = (*(paper.arxiv_id for paper in papers), *asked)
    body = json.dumps({"data": records, "meta": {"total": len(records)}}).encode()
    return Exchange("datacite", names, 1, f"{NOWHERE}/dois", "GET", 200, {}, moment(at), body, None)


def stamp(at: str) -> str:
    return moment(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def paper(number: int, version: int = 1, **changed: Any) -> Paper:
    """Return the paper 2503.<number> as arXiv has it."""
    facts: dict[str, Any] = {
        "title": "Tea",
        "abstract": "Hot.",
        "authors": (("Ada Kettle",),),
        "categories": ("cs.AI",),
        "submitted_at": "2025-03-01T00:00:00Z",
        "updated_at": "2025-03-01T00:00:00Z",
    }
    return Paper(arxiv_id=f"2503.{number:05}", version=version, **{**facts, **changed})


def github(at: str, name: str, stars: int | None, *, status: int = 200, **changed: Any) -> Exchange:
    """Return the answer of GitHub for a name: a repository of that name, whose number is given or 1."""
    facts = {"number": 1, "full_name": name, "created_at": stamp("2024-01-01"), "pushed_at": stamp("2025-03-01")}
    repository = Repository(**{**facts, "stars_count": stars or 0, **changed})
    described = describe_for_rest(View(repository, 0, NOWHERE)) if status == 200 else {}
    if stars is None:
        described.pop("stargazers_count", None)
    body = json.dumps(described).encode()
    return Exchange("github", (name.lower(),), 1, f"{NOWHERE}/repos/{name}", "GET", status, {}, moment(at), body, None)


class Small:
    """A warehouse of some answers, published after each load."""

    def __init__(self, folder: Path, *answers: Exchange) -> None:
        self.warehouse = empty_warehouse(folder)
        self.load(*answers)

    def load(self, *answers: Exchange) -> None:
        self.warehouse.raw.store(*answers)
        self.warehouse.refresh()
        self.warehouse.publish()

    def ask(self, text: str, **parameters: str) -> Rows:
        with query.open_published(self.warehouse.published) as connection:
            relation = query.run_query(connection, text, parameters)
            return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]

    def named(self, name: str, **parameters: str) -> Rows:
        return self.ask(sql_files.read_sql("queries", name), **parameters)

    def one(self, text: str) -> Any:
        """Return the one value of a query."""
        [row] = self.ask(text)
        [value] = row.values()
        return value
