"""A year of daily ticks under a moved clock: nothing is lost, each trouble and its end is told once, history is small.

All five lists are alive in the beginning. Two of them end as the registry knows, one falls silent, and speaks again. On
single days GitHub refuses the token, the disk is full, a raw file is damaged, GitHub is down.
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import time_machine
from five_lists import DAILY_PAPERS, GABRIELCHUA, SUMMARIES, TIMLRX, WATCH_DOG, entries, ids_of, write_lists
from receivers import Hook, hook
from rows import assert_equal, read_rows
from test_disk import fill, mount
from test_raw_faults import flip_a_bit

from pipeline.commands.job import run_days
from pipeline.core.files import size_of
from pipeline.defs.instance import open_instance
from pipeline.defs.schedules import daily_schedule
from pipeline.defs.sensors import news_sensor
from pipeline.read.query import open_published
from pipeline.sources.registry import find_source
from pipeline.standin import Standin
from pipeline.warehouse.folder import Warehouse

FIRST = date(2025, 3, 3)
DAYS = int(os.environ.get("YEAR_DAYS", "365"))
TOKEN = "a-token-of-the-year"
SILENT, SPEAKS_AGAIN = FIRST + timedelta(days=240), FIRST + timedelta(days=300)
TOKEN_EXPIRED, DISK_FULL, DAMAGED, DOWN = (FIRST + timedelta(days=after) for after in (30, 60, 90, 120))
HISTORY_MEGABYTES = 60  # some 30 days of details, of a megabyte each, and little of each earlier run


@dataclass
class World:
    """One machine, the lists that it asks, and what people were told on which day."""

    folder: Path
    standin: Standin
    inbox: Hook
    disk: Path
    told: list[tuple[date, str]] = field(default_factory=list[tuple[date, str]])
    undo: Callable[[], object] | None = None

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.disk / "warehouse")

    def publish_lists(self, day: date) -> None:
        """Let each list that is alive have a page of the day."""
        working = day.isoweekday() < 6
        self.standin.hugging_face.put(day, [with_code(each, day) for each in entries(day)] if working else [])
        if not working:
            return
        write_lists(self.folder / "lists", [day])
        for source_id in (TIMLRX, GABRIELCHUA, WATCH_DOG, SUMMARIES):
            if not is_alive(source_id, day):
                for page in (self.folder / "lists" / source_id).rglob(f"*{day:%d}.*"):
                    if f"{day:%Y/%m}" in str(page):
                        page.unlink()

    def tick(self, day: date) -> None:
        """What the daemon does in the night after a day: the schedule, its run, and a look at what is new."""
        at = datetime.combine(day + timedelta(days=1), time(2, 45), UTC)
        with time_machine.travel(at, tick=True):
            context = dg.build_schedule_context(scheduled_execution_time=at)
            wanted: Any = daily_schedule(context)
            assert isinstance(wanted, dg.RunRequest)
            run_days(*days_of(wanted), only_missing=True)
            with open_instance() as instance:
                news_sensor(dg.build_sensor_context(instance=instance))
        self.told += [(day, subject) for subject in map(subject_of, self.inbox.posts)]
        self.inbox.posts.clear()


def with_code(entry: Any, day: date) -> Any:
    """Return an entry that links a repository which nobody has linked before, so that GitHub is asked every day."""
    return {**entry, "paper": {**entry["paper"], "githubRepo": f"https://github.com/kettle/tea-{day}"}}


def is_alive(source_id: str, day: date) -> bool:
    source = find_source(source_id)
    if not source.first_date <= day <= (source.last_date or day):
        return False
    return not (source_id == WATCH_DOG and SILENT <= day < SPEAKS_AGAIN)


def days_of(wanted: dg.RunRequest) -> tuple[date, date]:
    if wanted.partition_key:
        day = date.fromisoformat(wanted.partition_key)
        return day, day
    first, last = (wanted.tags[f"dagster/asset_partition_range_{end}"] for end in ("start", "end"))
    return date.fromisoformat(first), date.fromisoformat(last)


def subject_of(post: str) -> str:
    """Return the first line of a message without the name of the host."""
    return post.partition("\n")[0]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, which can be full."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=1g", "tmpfs", str(folder))
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def world(
    tmp_path: Path,
    disk: Path,
    all_sources: object,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    (tmp_path / "lists").mkdir()
    with time_machine.travel(datetime.combine(FIRST, time(), UTC)):  # its quotas have windows, which end in that year
        standin = Standin(tmp_path / "lists", None, token=TOKEN)
    with standin, hook() as inbox:
        settings = {
            "WAREHOUSE_DIR": str(disk / "warehouse"),
            "DAGSTER_HOME": str(tmp_path / "dagster"),
            "GITHUB_TOKEN": TOKEN,
            "WEBHOOK_URL": f"{inbox.server.url}/hook",
        }
        for name, value in {**standin.environment, **settings}.items():
            monkeypatch.setenv(name, value)
        yield World(tmp_path, standin, inbox, disk)


def begin_trouble(world: World, day: date, monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo what was done to the machine yesterday, and do what is due today."""
    if world.undo:
        world.undo()
        world.undo = None
    if day == TOKEN_EXPIRED:
        monkeypatch.setenv("GITHUB_TOKEN", "an-expired-token")
        world.undo = lambda: monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    if day == DISK_FULL:
        world.undo = fill(world.disk, 0).unlink
    if day == DAMAGED:
        newest = world.warehouse.raw.files()[-1]
        content = newest.read_bytes()
        flip_a_bit(newest)
        world.undo = lambda: newest.write_bytes(content)
    if day == DOWN:
        world.standin.fail("/graphql", 502)
        world.undo = world.standin.calm


def test_a_year_of_ticks_loses_nothing_tells_each_trouble_and_its_end_once_and_stays_small(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    days = [FIRST + timedelta(days=after) for after in range(DAYS)]
    sizes = []
    for day in days:
        begin_trouble(world, day, monkeypatch)
        world.publish_lists(day)
        world.tick(day)
        sizes.append(size_of(world.folder / "dagster"))
    with capsys.disabled():
        for day, subject in world.told:
            print(f"\n{day} {subject}", end="")
        print("\nhistory, MB:", [round(size / 1e6, 1) for size in sizes[::30]])
    assert listed(world) == expected(days)
    assert_equal(rebuilt(world), read_rows(world.warehouse.published, whole=True))
    assert max(sizes) < HISTORY_MEGABYTES * 1e6
    assert_told_once(world.told, days[-1])


def assert_told_once(told: list[tuple[date, str]], last: date) -> None:
    """Fail unless people heard of each trouble and of its end once, and of nothing else; `last`: the last day.

    GitHub that is down for a day is none: what waits is asked for the next day.
    """
    failures = [(day, subject.startswith("Recovered")) for day, subject in told if "daily_run failed" in subject]
    troubles = [day for day in (TOKEN_EXPIRED, DISK_FULL, DAMAGED) if day < last]
    assert failures == [news for day in troubles for news in ((day, False), (day + timedelta(days=1), True))]
    silences = [(day, subject.startswith("Recovered")) for day, subject in told if f"{WATCH_DOG} is silent" in subject]
    assert len(told) == len(failures) + len(silences)
    if last < SPEAKS_AGAIN + timedelta(days=4):  # over a weekend there are no pages
        return
    (since, is_first_over), (until, is_second_over) = silences
    assert SILENT < since < SPEAKS_AGAIN <= until < SPEAKS_AGAIN + timedelta(days=4)
    assert (is_first_over, is_second_over) == (False, True)


def listed(world: World) -> set[tuple[object, ...]]:
    question = "select source_id, listing_date, arxiv_id from fct_listing join dim_source using (source_key)"
    with open_published(world.warehouse.published) as connection:
        return set(connection.execute(f"{question} join dim_paper using (paper_key)").fetchall())


def expected(days: list[date]) -> set[tuple[object, ...]]:
    lists = (TIMLRX, GABRIELCHUA, WATCH_DOG, SUMMARIES, DAILY_PAPERS)
    return {
        (source_id, day, arxiv_id)
        for day in days
        if day.isoweekday() < 6
        for source_id in lists
        if is_alive(source_id, day)
        for arxiv_id in ids_of(day, 5 if source_id == TIMLRX else 4)
    }


def rebuilt(world: World) -> Any:
    warehouse = world.warehouse
    warehouse.rebuild()
    return read_rows(warehouse.published, whole=True)
