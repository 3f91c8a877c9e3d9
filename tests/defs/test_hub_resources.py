"""Resources of Hugging Face over weeks: asked for when due, the same after a storm, and history that is honest."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.http.client import Web
from pipeline.http.exchange import Report
from pipeline.services.hub.client import fetch_resources
from pipeline.sources import registry
from pipeline.sources.archives.clone import read_clone
from pipeline.standin import DEMO, Response, Standin
from pipeline.warehouse.folder import Warehouse

START = datetime(2025, 3, 22, 8, tzinfo=UTC)
DAYS = [date(2025, 2, 24) + timedelta(days=step) for step in range(26)]
TABLES = ("dim_hub_resource", "dim_hub_resource_version", "fct_hub_resource_day")


class World:
    """A warehouse of the demo's pages, the stand-in of Hugging Face, and a clock that the test moves."""

    def __init__(self, warehouse: Warehouse, standin: Standin, clock: list[datetime]) -> None:
        self.warehouse, self.standin, self.clock = warehouse, standin, clock
        self.web = Web(now=lambda: clock[0], sleep=lambda seconds: None, monotonic=lambda: clock[0].timestamp())

    def due(self) -> list[str]:
        now = self.clock[0].replace(tzinfo=None)
        return [row[0] for row in self.warehouse.rows("due", "hub_resources", {"now": now})]

    def ask(self) -> Report:
        with self.web:
            report = fetch_resources(self.web, self.standin.url, self.due(), token=None, store=self.warehouse.raw.store)
        self.warehouse.refresh()
        return report

    def wait(self, **time: float) -> None:
        self.clock[0] += timedelta(**time)

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        return self.warehouse.use(lambda connection: connection.execute(text).fetchall())

    def star(self, tables: Sequence[str]) -> dict[str, list[str]]:
        """Return the rows of tables without the times of observation, which a storm may delay."""
        times = ("observed_at", "seen_at", "valid_from", "valid_to")
        wanted = f"select columns(lambda name: name not in {times}) from"
        return {table: sorted(map(str, self.rows(f"{wanted} {table}"))) for table in tables}


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


def test_each_is_asked_for_once_a_week_and_what_is_not_public_once_a_month(world: World) -> None:
    first = world.ask()
    assert first.answered == first.requests == len(world.standin.asked("/api/")) > 40
    assert world.ask().requests == 0
    hidden = world.rows("select count(*) from dim_hub_resource where status = 'not_public'")[0][0]
    assert hidden and world.rows("select count(*) from dim_hub_resource where status = 'pending'") == [(0,)]
    world.wait(days=6)
    assert world.due() == []
    world.wait(days=1)
    assert world.ask().requests == first.requests - hidden
    days = world.rows("select date_key, count(*) from fct_hub_resource_day group by 1 order by 1")
    assert days == [(20250322, first.requests - hidden), (20250329, first.requests - hidden)]
    world.wait(days=23)
    assert len(world.due()) == first.requests
    assert not [name for name in world.warehouse.check() if name.startswith("hub") and world.warehouse.check()[name]]


def test_a_resource_that_takes_a_name_over_has_another_id_and_one_that_is_gone_keeps_its_numbers(world: World) -> None:
    world.ask()
    rows = world.rows("select resource_id, hub_id from dim_hub_resource where kind = 'model' and status = 'found'")
    (moved, old_id), (gone, _) = rows[:2]
    hub = world.standin.hugging_face.hub
    hub.moved[f"models/{moved.lower()}"] = "somebody/else"
    hub.put["models/somebody/else"] = {"_id": "66d19580e2632490a6bc5829", "id": "somebody/else", "likes": 5}
    hub.put[f"models/{gone.lower()}"] = None
    world.wait(days=7)
    world.ask()
    versions = (
        "select version.hub_id, version.is_current from dim_hub_resource_version as version"
        f" join dim_hub_resource using (hub_resource_key) where resource_id = '{moved}' order by valid_from"
    )
    assert world.rows(versions) == [(old_id, False), ("66d19580e2632490a6bc5829", True)]
    told = "select status, likes_count is not null, count(*) over () from dim_hub_resource join fct_hub_resource_day"
    assert world.rows(f"{told} using (hub_resource_key) where resource_id = '{gone}'") == [("not_public", True, 1)]


@pytest.mark.parametrize("answer", [500, 400, Response(200, b'{"_id": "x", "likes": -1}')])
def test_some_that_never_get_an_answer_hold_up_no_others(world: World, answer: int | Response) -> None:
    odd = world.due()[:5]
    for subject in odd:
        kind, name = subject.split("/", 1)
        world.standin.fail(f"/api/{kind}s/{name}", answer)
    assert world.ask().answered == 0  # three in a row, and the service seems to be down
    world.wait(minutes=20)
    world.ask()
    assert sorted(world.due()) == sorted(odd)


def test_a_storm_ends_equal_to_calm_weather(world: World, tmp_path: Path) -> None:
    world.ask()
    with begin(tmp_path / "storm") as stormy:
        for number in range(3):
            stormy.standin.fail("/api/", (503, "reset", "html")[number], share=0.1, seed=number)
        for _ in range(8):
            stormy.ask()
            stormy.wait(minutes=15)
        assert stormy.due() == [] and len(stormy.standin.requests) > len(world.standin.requests)
        assert stormy.star(TABLES) == world.star(TABLES)
