"""What a warehouse of 2,500 papers and 1,300 repositories costs each service: `python tests/costs.py` writes the page.

Every request goes over the wire to the stand-in, which counts and limits as the service does. The clock moves only
while a client waits, and then to the moment that it was told to come back at.
"""

import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from defs.test_star_history import World, list_many
from loopback import Clock

from pipeline.http.client import Web
from pipeline.http.exchange import Report
from pipeline.services.arxiv.client import fetch_papers
from pipeline.services.datacite.client import fetch_records
from pipeline.services.github.client import fetch_repositories
from pipeline.services.github.star_pages import fetch_star_history
from pipeline.services.hub import client as hub
from pipeline.services.semantic_scholar.client import fetch_citations
from pipeline.standin import Standin

FILE = Path(__file__).parents[1] / "docs" / "costs.md"
TOKEN = "stand-in-token"
START = datetime(2026, 11, 26, 12, tzinfo=UTC)
PAPERS = [f"2601.{number:05}" for number in range(1, 2_501)]
REPOSITORIES = [f"lab-{number}/tool" for number in range(1_300)]
RESOURCES = [f"model/lab-{number}/tea" for number in range(574)]
MOST_RUNS = 200  # of one service, after which something is wrong
HEAD = """# What it costs to ask

Requests, waiting and quota of each service for a warehouse that begins with 2,500 papers, 1,300 repositories and 574
resources of Hugging Face, of which nothing is known yet. `python tests/costs.py` writes this page, and a test holds it
to what the stand-ins count now. They limit as the services do (docs/services.md), but answer at once: *waiting* is what
clients do by themselves, to be polite or for a new window. The time that the services need to answer comes on top.

A *run* ends where the quota does, and defers the rest; the next one goes on when the service says so. Later days cost
little: what is due then is what is new, and what a refresh asks for. `papers status` says what waits, and until when.
"""
NOTES = """
- arXiv answers in some seconds, so 2,500 papers take some five minutes. DataCite is asked only for what arXiv does not
  answer, and weekly for licences, versions and withdrawals.
- GitHub's own answer to 20 repositories with their commits takes about 8 seconds, so all of them take nine minutes. A
  token needs no permissions. Without one a daily run brings 56 repositories, and all of them take 24 days.
- Star history is asked for behind the lookups, first for the months around each first listing. Without a token it takes
  what is left above half of the hour's quota: of a day with nothing else to ask for, 30 pages an hour.
- Papers at Hugging Face come behind its models, data sets and spaces, and take what is left of the same window.
- Semantic Scholar has one pool for all who come without a key, and often answers 429: then the citations come later.
"""


@dataclass
class Cost:
    """What asking until everything was answered took."""

    requests: int = 0
    runs: int = 0
    waited: float = 0.0  # seconds inside the runs
    lasted: float = 0.0  # seconds from the first request to the end of the last run
    left: int = 0  # subjects without an answer

    def cells(self) -> list[str]:
        return [f"{self.requests:,}", f"{self.runs:,}", show_time(self.waited), show_time(self.lasted)]


def show_time(seconds: float) -> str:
    return (
        f"{seconds / 3600:.0f} h"
        if seconds >= 7200
        else f"{seconds / 60:.0f} min"
        if seconds >= 90
        else f"{seconds:.0f} s"
    )


Ask = Callable[[Web, str, Sequence[str]], Report]


def spend(ask: Ask, subjects: Sequence[str], token: str | None, standin: Standin, clock: Clock) -> Cost:
    """Ask in runs until nothing is deferred; each begins when the one before was told to come back."""
    cost, began = Cost(left=len(subjects)), clock.seconds
    while cost.left and cost.runs < MOST_RUNS:
        before = clock.seconds
        with Web(now=clock.now, sleep=clock.sleep, monotonic=clock.monotonic) as web:
            report = ask(web, standin.url, subjects)
        subjects, cost.left = report.deferred, len(report.deferred)
        cost.runs, cost.requests = cost.runs + 1, cost.requests + report.requests
        cost.waited += clock.seconds - before
        cost.lasted = clock.seconds - began
        if report.until is not None:
            clock.seconds = max(clock.seconds, (report.until - clock.start).total_seconds())
    return cost


def asks(token: str | None) -> Iterator[tuple[str, str, Sequence[str], Ask]]:
    """Yield service, what is asked for, the subjects and how."""
    store: dict[str, Any] = {"store": lambda exchange: None}
    yield (
        "arXiv",
        "2,500 papers, 100 a request",
        PAPERS,
        lambda web, url, ids: fetch_papers(web, f"{url}/api/query", ids, interval_seconds=3, **store),
    )
    yield "DataCite", "2,500 papers, 100 a request", PAPERS, lambda web, url, ids: fetch_records(web, url, ids, **store)
    yield (
        "GitHub",
        f"1,300 repositories, {'20 a query' if token else '1 a request'}",
        REPOSITORIES,
        lambda web, url, names: fetch_repositories(web, url, names, token=token, **store),
    )
    yield (
        "Hugging Face",
        "574 resources, 1 a request",
        RESOURCES,
        lambda web, url, subjects: hub.fetch_resources(web, url, subjects, token=token, **store),
    )
    yield (
        "Hugging Face",
        "2,500 papers, 1 a request",
        PAPERS,
        lambda web, url, ids: hub.fetch_papers(web, url, ids, token=token, **store),
    )
    yield (
        "Semantic Scholar",
        "2,500 papers, 500 a request",
        PAPERS,
        lambda web, url, ids: fetch_citations(web, url, ids, key=token, **store),
    )


@contextmanager
def own_pace() -> Generator[None]:
    """Wait for nobody: the pause between requests is kept over all processes, by files of the temporary folder."""
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = before


def measure(token: str | None) -> Iterator[list[str]]:
    """Yield a row of the table for each question of each service."""
    for service, what, subjects, ask in asks(token):
        clock = Clock(START)
        with own_pace(), Standin(facts=None, now=clock.now, token=TOKEN) as standin:
            standin.semantic_scholar.key = standin.hugging_face.token = TOKEN
            cost = spend(ask, subjects, token, standin, clock)
        assert not cost.left, f"{service}: {cost.left} of {len(subjects)} have no answer after {cost.runs} runs"
        yield [service, what, *cost.cells()]
    yield ["GitHub, star history", *measure_stars(token)]


def measure_stars(token: str | None) -> list[str]:
    """Return the cells for the months around the listings of all repositories, asked for after them."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "warehouse", START)
        with world.standin, world.warehouse.open():
            list_many(world, len(REPOSITORIES))
            world.ask_repositories()
            pages = [subject for subject, _, is_idle in world.due() if not is_idle]
            clock = Clock(START)

            def ask(web: Web, url: str, subjects: Sequence[str]) -> Report:
                world.clock = clock.now()
                return fetch_star_history(web, url, subjects, token=token, store=lambda exchange: None)

            cost = spend(ask, pages, token, world.standin, clock)
    return [f"{len(pages):,} pages around the listings of 1,300 repositories", *cost.cells()]


def write_costs() -> str:
    """Return the page."""
    columns = ["service", "asked for", "requests", "runs", "waiting in them", "from first to last"]
    parts = [HEAD]
    for title, token in (("With tokens", TOKEN), ("Without", None)):
        rows = [columns, ["---"] * len(columns), *measure(token)]
        table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        parts.append(f"## {title}\n\n{table}\n")
    return "\n".join([*parts, NOTES.lstrip("\n")])


if __name__ == "__main__":
    FILE.write_text(write_costs(), "utf-8")
    sys.stdout.write(f"wrote {FILE}\n")
