"""Papers at Hugging Face over weeks: asked for when due, the same after a storm, and who connects them with what."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.http.client import Web
from pipeline.http.exchange import Report
from pipeline.services.hub.client import fetch_papers, fetch_resources
from pipeline.sources import registry
from pipeline.sources.archives.clone import read_clone
from pipeline.standin import DEMO, Response, Standin
from pipeline.warehouse.folder import Warehouse

START = datetime(2025, 3, 22, 8, tzinfo=UTC)
DAYS = [date(2025, 2, 24) + timedelta(days=step) for step in range(26)]
TABLES = ("dim_hub_resource", "bridge_paper_hub_resource", "fct_paper_hub_day")
CLAIMS = "select asserted_by, count(*) from bridge_paper_hub_resource group by 1 order by 1"
CHECKS = ("hub_pages_on_their_day", "paper_resources_were_asserted", "statuses_fit_their_values")


class World:
    """A warehouse of the demo's pages, the stand-in of Hugging Face, and a clock that the test moves."""

    def __init__(self, warehouse: Warehouse, standin: Standin, clock: list[datetime]) -> None:
        self.warehouse, self.standin, self.clock = warehouse, standin, clock
        self.web = Web(now=lambda: clock[0], sleep=lambda seconds: None, monotonic=lambda: clock[0].timestamp())

    def due(self, query: str = "hub_papers") -> list[str]:
        now = self.clock[0].replace(tzinfo=None)
        return [row[0] for row in self.warehouse.rows("due", query, {"now": now})]

    def ask(self) -> Report:
        store = self.warehouse.raw.store
        with self.web:
            report = fetch_papers(self.web, self.standin.url, self.due(), token=None, store=store)
        self.warehouse.refresh()
        return report

    def ask_resources(self) -> Report:
        store, due = self.warehouse.raw.store, self.due("hub_resources")
        with self.web:
            report = fetch_resources(self.web, self.standin.url, due, token=None, store=store)
        self.warehouse.refresh()
        return report

    def wait(self, **time: float) -> None:
        self.clock[0] += timedelta(**time)

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        return self.warehouse.use(lambda connection: connection.execute(text).fetchall())

    def star(self, tables: Sequence[str] = TABLES, times: Sequence[str] = ()) -> dict[str, list[str]]:
        wanted = f"select columns(lambda name: name not in {[*times, '']}) from"
        return {table: sorted(map(str, self.rows(f"{wanted} {table}"))) for table in tables}

    def broken(self) -> list[str]:
        found = self.warehouse.check()
        return [name for name in CHECKS if found[name]]


@contextmanager
def begin(folder: Path) -> Iterator[World]:
    """Begin with the pages of all days, asked for at START."""
    clock = [START]
    warehouse = Warehouse(folder)
    with Standin(now=lambda: clock[0]) as standin, warehouse.open():
        base = (DEMO / "archive").as_uri()
        asked = [(source, day) for source in registry.SOURCES for day in DAYS]
        warehouse.raw.store(*(read_clone(base, source, day, START) for source, day in asked))
        warehouse.refresh()
        yield World(warehouse, standin, clock)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with begin(tmp_path / "warehouse") as world:
        yield world


def test_a_paper_is_asked_for_once_a_week_while_it_is_new_and_every_four_weeks_later(world: World) -> None:
    papers = world.due()
    first = world.ask()
    assert first.answered == first.requests == len(papers) == len(world.standin.asked("/api/papers/"))
    assert world.due() == [] and world.ask().requests == 0
    world.wait(days=6)
    assert world.due() == []
    world.wait(days=1)
    assert sorted(world.due()) == sorted(papers)
    world.wait(days=56)
    world.ask()
    world.wait(days=27)
    assert world.due() == []
    world.wait(days=1)
    assert sorted(world.due()) == sorted(papers)


@pytest.mark.parametrize("answer", [500, Response(200, b'{"id": "x"}')])
def test_some_that_never_get_an_answer_hold_up_no_others_and_take_turns(world: World, answer: int | Response) -> None:
    odd = world.due()[:7]
    for paper in odd:
        world.standin.fail(f"/api/papers/{paper}", answer)
    for _ in range(2):
        assert world.ask().answered == 0  # three in a row, and the service seems to be down
        world.wait(minutes=20)
    world.ask()
    assert sorted(world.due()) == sorted(odd)
    assert world.due()[:3] == odd[3:6]  # those that failed first after the others


def test_a_page_stands_on_the_day_on_which_it_was_seen_and_who_added_the_code_beside_it(world: World) -> None:
    world.ask()
    paper = world.rows("select arxiv_id from fct_paper_hub_day join dim_paper using (paper_key) limit 1")[0][0]
    page = {"id": paper, "upvotes": 7, "githubRepo": "https://github.com/a/b", "githubRepoAddedBy": "auto"}
    page["organization"] = {"name": "lab"}
    world.standin.hugging_face.papers.put[paper] = page
    world.wait(days=7)
    world.ask()
    told = "select date_key, upvotes_count, code_url, code_added_by, organisation from fct_paper_hub_day"
    rows = world.rows(f"{told} where paper_key = paper_key('{paper}') order by 1")
    assert rows[0][0] == 20250322 and rows[1] == (20250329, 7, "https://github.com/a/b", "auto", "lab")
    assert world.rows("select count(*) from dim_date where date_key = 20250329") == [(1,)]
    assert world.broken() == []


def test_a_paper_that_nobody_added_is_an_answer_without_a_row(world: World) -> None:
    asked = len(world.due())
    world.ask()
    found = world.rows("select count(*) from fct_paper_hub_day")[0][0]
    none = "select count(*) from enrichment_attempt where service = 'hub_paper' and outcome = 'not_indexed'"
    assert 0 < world.rows(none)[0][0] == asked - found


def test_who_connects_a_paper_with_a_resource_stands_beside_it_and_what_is_no_longer_listed_is_gone(
    world: World,
) -> None:
    world.ask_resources()
    models = "select resource_id from dim_hub_resource where kind = 'model' and status = 'found' order by 1 limit 1"
    model = world.rows(models)[0][0]
    paper = world.rows("select arxiv_id from dim_paper where status <> 'unknown' order by 1 limit 1")[0][0]
    hub = world.standin.hugging_face
    known = {"_id": "66d19580e2632490a6bc5829", "id": model}
    hub.hub.put[f"models/{model.lower()}"] = {**known, "tags": [f"arxiv:{paper}"]}
    hub.papers.put[paper] = {"id": paper, "linkedModels": [{"id": model.upper()}, {"id": "Some/Thing"}, {"id": "../x"}]}
    world.wait(days=7)
    world.ask_resources()
    world.ask()
    claims = (
        "select asserted_by, resource_id, status from bridge_paper_hub_resource join dim_hub_resource"
        f" using (hub_resource_key) where paper_key = paper_key('{paper}') and asserted_by <> 'listing' order by all"
    )
    assert world.rows(claims) == [
        ("card", model, "found"),
        ("paper_page", "Some/Thing", "not_asked"),
        ("paper_page", model, "found"),
    ]
    assert "Some/Thing" not in str(world.due("hub_resources"))
    listed = "select count(distinct (paper_key, hub_resource_key)) from bridge_listing_hub_resource join fct_listing"
    assert dict(world.rows(CLAIMS))["listing"] == world.rows(f"{listed} using (listing_key)")[0][0]
    assert world.broken() == []
    hub.papers.put[paper] = {"id": paper}
    hub.hub.put[f"models/{model.lower()}"] = known
    world.wait(days=7)
    world.ask_resources()
    world.ask()
    assert world.rows(claims) == []
    assert world.rows("select count(*) from dim_hub_resource where resource_id = 'Some/Thing'") == [(0,)]


def test_a_page_that_is_gone_takes_nothing_away(world: World) -> None:
    world.ask()
    before = world.rows(CLAIMS)
    for paper in [row[0] for row in world.rows("select arxiv_id from dim_paper where paper_key <> -1")]:
        world.standin.hugging_face.papers.put[paper] = None
    world.wait(days=7)
    world.ask()
    assert world.rows(CLAIMS) == before


def test_a_rebuild_from_raw_has_the_same_rows(world: World, tmp_path: Path) -> None:
    world.ask_resources()
    world.ask()
    world.wait(days=7)
    world.ask_resources()
    world.ask()
    again = Warehouse(tmp_path / "again")
    with again.open():
        for path in world.warehouse.raw.files():
            target = again.raw.folder / path.relative_to(world.warehouse.raw.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
        again.refresh()
        assert World(again, world.standin, world.clock).star() == world.star()


def test_a_storm_ends_equal_to_calm_weather(world: World, tmp_path: Path) -> None:
    world.ask()
    with begin(tmp_path / "storm") as stormy:
        for number in range(3):
            stormy.standin.fail("/api/", (503, "reset", "html")[number], share=0.1, seed=number)
        for _ in range(8):
            stormy.ask()
            stormy.wait(minutes=15)
        assert stormy.due() == [] and len(stormy.standin.requests) > len(world.standin.requests)
        times = ("observed_at", "asserted_at")
        assert stormy.star(times=times) == world.star(times=times)


def test_papers_take_what_the_window_has_left_and_wait_for_no_other(world: World) -> None:
    world.standin.allow(40, "list")
    report = world.ask()
    assert 25 <= report.requests <= 40 and report.deferred and report.until is not None
    world.wait(minutes=6)
    world.ask()
    assert world.due() == []
