"""DataCite beside arXiv: asked in the same run when arXiv is down, weekly for what only it tells, and never twice."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from answers import TIMLRX, page, six
from empty import empty_warehouse

from pipeline.http.client import Web
from pipeline.http.exchange import Report
from pipeline.read.query import open_published
from pipeline.read.status import read_status, status_text
from pipeline.services.arxiv.client import fetch_papers
from pipeline.services.datacite.client import fetch_records
from pipeline.standin import Standin
from pipeline.standin.facts import Paper
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.reports import save_report

START = datetime(2025, 3, 22, 8, 0, tzinfo=UTC)
COUNT = 2500


class World:
    """A warehouse of listed papers, stand-ins that know them, and a clock that the test moves."""

    def __init__(self, folder: Path, standin: Standin) -> None:
        self.warehouse: Warehouse = empty_warehouse(folder)
        self.standin = standin
        self.now = START
        self.web = Web(now=lambda: self.now, sleep=lambda seconds: None, monotonic=lambda: self.now.timestamp())

    def list_papers(self, count: int) -> list[str]:
        numbers = range(1, count + 1)
        self.warehouse.raw.store(page(TIMLRX, "2025-03-20", *map(six, numbers)))
        self.warehouse.refresh()
        ids = [f"2503.{number:05}" for number in numbers]
        for arxiv_id in ids:
            self.standin.facts.put_paper(arxiv_id, invent(arxiv_id))
        return ids

    def due(self, what: str) -> list[tuple[Any, ...]]:
        self.warehouse.load_raw()
        return self.warehouse.rows("due", what, {"now": self.now.replace(tzinfo=None)})

    def ask_arxiv(self) -> Report:
        ids = [row[0] for row in self.due("papers")]
        control_id = next((row[0] for row in self.warehouse.rows("due", "control_id")), None)
        url, store = self.standin.environment["ARXIV_API_URL"], self.warehouse.raw.store
        return fetch_papers(self.web, url, ids, interval_seconds=0, store=store, control_id=control_id)

    def ask_datacite(self) -> Report:
        due = self.due("datacite")
        known = [row[0] for row in due if row[2]]
        store = self.warehouse.raw.store
        return fetch_records(self.web, self.standin.url, [row[0] for row in due], known=known, store=store)

    def run(self) -> tuple[Report, Report]:
        """Ask both in the order of a run, and load."""
        reports = self.ask_arxiv(), self.ask_datacite()
        self.warehouse.refresh()
        self.now += timedelta(minutes=10)
        return reports

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        return self.warehouse.use(lambda connection: connection.execute(text).fetchall())

    def told_by(self) -> dict[str | None, int]:
        counts = "select metadata_source, count(*) from dim_paper where paper_key <> -1 group by all"
        return {row[0]: row[1] for row in self.rows(counts)}

    def content(self) -> list[tuple[Any, ...]]:
        return self.rows("select * exclude (observed_at) from dim_paper order by arxiv_id")


def invent(arxiv_id: str) -> Paper:
    return Paper(
        arxiv_id=arxiv_id,
        title=f"On tea,  number {arxiv_id}",
        abstract="Hot.",
        authors=(("Ada Kettle",),),
        categories=("cs.CL",),
        version=1,
        submitted_at="2025-03-01T08:00:00Z",
        updated_at="2025-03-01T08:00:00Z",
    )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Standin() as standin:
        found = World(tmp_path / "warehouse", standin)
        with found.web:
            yield found


def test_while_arxiv_is_down_datacite_answers_for_all_and_then_arxiv_takes_over(world: World):
    world.list_papers(COUNT)
    world.standin.fail("/api/query", 429)
    refused, answered = world.run()
    assert len(refused.deferred) == COUNT
    assert (answered.deferred, answered.answered) == ((), COUNT)
    assert answered.requests <= 1.1 * 25
    assert world.told_by() == {"datacite": COUNT}
    assert world.ask_datacite().requests == 0
    versions = world.rows("select count(*) from dim_paper_version")
    world.standin.calm()
    back, again = world.run()
    assert (back.answered, again.requests) == (COUNT, 0)
    assert world.told_by() == {"arxiv": COUNT}
    assert world.rows("select count(*) from dim_paper_version") == versions == [(COUNT,)]
    nothing = world.run()
    assert [report.requests for report in nothing] == [0, 0]


def test_records_are_looked_at_again_after_a_week_and_no_sooner(world: World):
    ids = world.list_papers(3)
    assert [report.requests for report in world.run()] == [1, 1]
    world.now += timedelta(days=6)
    assert world.due("datacite") == []
    world.now += timedelta(days=2)
    world.standin.datacite.withdrawn.add(ids[0])
    assert world.run()[1].requests == 1
    assert world.rows("select arxiv_id from dim_paper where is_withdrawn") == [(ids[0],)]
    assert world.told_by() == {"arxiv": 3}


def test_what_is_not_deposited_yet_is_asked_for_hours_later_and_stays_pending(world: World):
    ids = world.list_papers(3)
    world.standin.fail("/api/query", 503)
    world.standin.datacite.late.add(ids[0])
    assert world.run()[1] == Report(requests=1, answered=3)
    assert world.told_by() == {"datacite": 2, None: 1}
    assert world.due("datacite") == []
    world.now += timedelta(hours=7)
    assert world.due("datacite") == [(ids[0], False, False)]
    world.standin.datacite.late.clear()
    world.run()
    assert world.told_by() == {"datacite": 3}


def test_an_id_that_arxiv_does_not_know_is_not_asked_for(world: World):
    ids = world.list_papers(3)
    world.standin.facts.put_paper(ids[0], None)
    world.run()
    asked = [request.path for request in world.standin.asked("/dois")]
    assert len(asked) == 1
    assert ids[0] not in asked[0]


def test_a_paper_that_only_datacite_has_told_proves_nothing_to_arxiv(world: World):
    world.list_papers(3)
    world.standin.fail("/api/query", 503)
    world.run()
    assert world.warehouse.rows("due", "control_id") == []
    assert [row[:2] for row in world.due("papers")] == [(f"2503.{number:05}", True) for number in (1, 2, 3)]


def test_papers_without_an_answer_of_arxiv_come_first(world: World):
    ids = world.list_papers(4)
    for arxiv_id in ids[:2]:
        world.standin.facts.put_paper(arxiv_id, None)
    fetch_papers(
        world.web,
        world.standin.environment["ARXIV_API_URL"],
        ids[2:],
        interval_seconds=0,
        store=world.warehouse.raw.store,
    )
    assert [row[0] for row in world.due("datacite")] == ids


@pytest.mark.parametrize("seed", [1, 2])
def test_a_storm_ends_with_the_data_of_a_calm_run(world: World, tmp_path: Path, seed: int):
    count = 600
    with Standin() as standin:
        calm = World(tmp_path / "calm", standin)
        calm.list_papers(count)
        calm.run()
    world.list_papers(count)
    for how in (500, 429, "cut", "html", "reset"):
        world.standin.fail("/dois", how, share=0.06, seed=seed)
        world.standin.fail("/api/query", how, share=0.06, seed=seed + 10)
    for _ in range(30):
        reports = world.run()
        if not any(report.deferred for report in reports):
            break
        world.now += timedelta(hours=1)
    else:
        pytest.fail("the storm never ends")
    assert world.content() == calm.content()


def test_the_status_tells_who_answered_while_arxiv_is_late(world: World):
    world.list_papers(3)
    world.standin.fail("/api/query", 429)
    refused, _ = world.run()
    save_report(world.warehouse.private.folder, "arxiv", refused, START)
    world.warehouse.publish()
    status = status_text(read_status(world.warehouse.folder, START, has_token=False))
    assert "arXiv: 3 found (3 of them told by DataCite, as arXiv is late)" in status
    assert "deferred 3 at 2025-03-22T08:00:00+00:00: arXiv: status 429" in status


def test_a_run_asks_datacite_for_what_arxiv_did_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, impatient: None
):
    from pipeline.commands.job import run_days

    with Standin() as standin:
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        standin.fail("/api/query", 503)
        outcome = run_days(date(2025, 2, 24), date(2025, 2, 24))
        first = len(standin.asked("/dois"))
        run_days(date(2025, 2, 24), date(2025, 2, 24))
        assert not outcome.failures
        assert first == len(standin.asked("/dois")) == 1
    with open_published(tmp_path / "warehouse" / "papers.duckdb") as connection:
        told = "select distinct metadata_source from dim_paper where status = 'found'"
        assert connection.sql(told).fetchall() == [("datacite",)]
