"""Runs that start at once, and runs that are cut off, with the real daemon: in the end it is as if nothing had been."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dagster_ui import ENDED, DagsterUi, dagster_ui, reader, wait_for
from rows import Rows, assert_equal, read_rows

from pipeline.commands.job import run_days
from pipeline.defs.planning import MOST_OLDER_DAYS
from pipeline.sources import registry
from pipeline.sources.stored import CATCH_UP_DAYS
from pipeline.standin import DEMO, Standin
from pipeline.warehouse import lock

pytestmark = pytest.mark.ui

SOURCE = "joe0731/hf_paper_watch_dog"  # which lives
FIRST, EARLIER, LAST = date(2025, 2, 24), date(2025, 3, 14), date(2025, 3, 21)
ASKED_AT_NIGHT = timedelta(days=CATCH_UP_DAYS + MOST_OLDER_DAYS + 3)  # before today, by the schedule


@dataclass(frozen=True)
class World:
    """A warehouse, its UI and stand-in, and what calm runs make of the demo's days, and of today's with them."""

    ui: DagsterUi
    standin: Standin
    folder: Path
    environment: Mapping[str, str]
    calm: Mapping[str, Rows]
    calm_today: Mapping[str, Rows]

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse"

    @property
    def published(self) -> Path:
        return self.warehouse / "papers.duckdb"

    def use_earlier(self) -> None:
        """Begin with the earlier days alone."""
        shutil.rmtree(self.warehouse, ignore_errors=True)
        shutil.copytree(self.folder / "earlier", self.warehouse, symlinks=True)

    def papers(self, *arguments: str) -> "subprocess.Popen[str]":
        """The command line, in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "pipeline", *arguments],
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("storm")
    today = datetime.now(UTC).date()
    write_pages(folder / "archive", today - timedelta(days=1), today)
    with (
        pytest.MonkeyPatch.context() as patch,
        Standin([folder / "archive", DEMO / "archive", DEMO / "lists"]) as standin,
        dagster_ui(set_up(patch, folder, standin), folder / "log") as ui,
    ):
        patch.setenv("WAREHOUSE_DIR", str(folder / "calm"))
        patch.setenv("DAGSTER_HOME", str(folder / "calm-dagster"))
        published = folder / "calm" / "papers.duckdb"
        run_days(FIRST, EARLIER)
        shutil.copytree(folder / "calm", folder / "earlier", symlinks=True)
        run_days(EARLIER + timedelta(days=1), LAST)
        calm = read_rows(published)
        run_days(today - ASKED_AT_NIGHT, today)
        environment = set_up(patch, folder, standin)
        wait_for(ui.is_ready, "the UI to start")
        yield World(ui, standin, folder, environment, calm, read_rows(published))


def set_up(patch: pytest.MonkeyPatch, folder: Path, standin: Standin) -> dict[str, str]:
    """Point all settings at a folder and the stand-in, and return the whole environment."""
    standin.allow(5000)
    patch.setattr(registry, "SOURCES", registry.OURS)  # as the processes that are started
    chosen = ("gabrielchua/daily-ai-papers", "timlrx/daily-ai-papers", SOURCE)
    ours = {
        "SOURCES": ",".join(chosen),
        "WAREHOUSE_DIR": str(folder / "warehouse"),
        "DAGSTER_HOME": str(folder / "dagster"),
    }
    for name, value in {**standin.environment, **ours, "ARXIV_INTERVAL_SECONDS": "0"}.items():
        patch.setenv(name, value)
    patch.chdir(folder)
    return dict(os.environ)


def write_pages(folder: Path, *days: date) -> None:
    """Pages for days of our own time, since a tick of the schedule asks for no others: that of the last, dated anew."""
    listed = date(2025, 3, 20)
    text = (DEMO / "lists" / SOURCE / "main" / "papers" / f"{listed:%Y/%m/%Y-%m-%d}.md").read_text("utf-8")
    for day in days:
        page = folder / SOURCE / "main" / "papers" / f"{day:%Y/%m/%Y-%m-%d}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text.replace(str(listed), str(day)), "utf-8")


def test_what_is_cut_off_from_the_ui_leaves_the_old_file_and_the_next_run_finishes_it(world: World) -> None:
    ui, standin = world.ui, world.standin
    world.use_earlier()
    generation, before = world.published.resolve(), read_rows(world.published)
    with reader(world.published) as reading:
        standin.delay_seconds = 2.0
        run_id = ui.launch_run(LAST.isoformat())
        wait_until_under_way(world, run_id)
        backfill = ui.launch_backfill(days(FIRST, LAST))  # which the daemon starts up to half a minute later
        cut_off(world, run_id, ui.terminate_run)
        assert (world.published.resolve(), read_rows(world.published)) == (generation, before)
        wait_for(lambda: len(ui.backfill(backfill)["runs"]) == 1, "the backfill's run")
        [run] = ui.backfill(backfill)["runs"]
        wait_until_under_way(world, run["runId"])
        cut_off(world, run["runId"], lambda _: ui.cancel_backfill(backfill))
        assert (world.published.resolve(), read_rows(world.published)) == (generation, before)
        standin.delay_seconds = 0.0
        papers = world.papers("backfill", "--from", str(FIRST), "--to", str(LAST))
        _, error = papers.communicate(timeout=600)  # closes the pipe too
        assert papers.returncode == 0, error
    wait_for(lambda: ui.backfill(backfill)["status"] == "CANCELED", "the backfill to be cancelled")
    assert_equal(read_rows(world.published), world.calm)
    assert reading["refused"] == []
    assert [seen.split()[0] for seen in reading["seen"]] == [str(EARLIER), str(LAST)]


def wait_until_under_way(world: World, run_id: str) -> None:
    """Return once a run truly is under way: it writes, and waits for an answer."""
    asked = len(world.standin.asked())
    wait_for(lambda: holds_lock(world, run_id), "the run to write")
    wait_for(lambda: len(world.standin.asked()) > asked, "the run to ask")


def holds_lock(world: World, run_id: str) -> bool:
    assert world.ui.status(run_id) not in ENDED
    return f"run {run_id[:8]}" in (lock.find_holder(world.warehouse) or "")


def cut_off(world: World, run_id: str, cut: Callable[[str], None]) -> None:
    """End a run that is under way by what the UI's button does."""
    world.standin.delay_seconds = 20.0  # the daemon may take half a minute to act on it
    cut(run_id)
    wait_for(lambda: world.ui.status(run_id) in ENDED, "the run to end")
    assert world.ui.status(run_id) == "CANCELED"
    world.standin.delay_seconds = 2.0


def test_schedule_sensor_backfills_and_command_line_at_once_end_green_with_the_warehouse_of_a_calm_run(
    world: World,
) -> None:
    ui = world.ui
    world.use_earlier()
    earlier = {run["runId"] for run in ui.runs()}

    def begun() -> dict[str, float]:
        """When the first run of each origin was asked for."""
        newest_first = [run for run in ui.runs() if run["runId"] not in earlier]
        return {origin(run): run["creationTime"] for run in newest_first}

    # The daemon looks at schedules when a minute begins, and at sensors every five seconds: all others wait for those.
    wait_for(lambda: 1 <= time.time() % 60 < 50, "the right second")
    with ui.schedule("daily_schedule", datetime.now(UTC) - timedelta(days=1)):
        wait_for(lambda: time.time() % 60 >= 54, "the minute to end")
        with ui.sensor("archive_sensor"):
            wait_for(lambda: "sensor" in begun(), "the sensor")
            papers = world.papers("backfill", "--from", str(FIRST), "--to", str(LAST))
            backfills = [ui.launch_backfill(days(FIRST, EARLIER)), ui.launch_backfill(days(date(2025, 3, 3), LAST))]
            launched = time.time()
            wait_for(lambda: "schedule" in begun(), "the schedule")
            _, error = papers.communicate(timeout=600)  # closes the pipe too
            assert papers.returncode == 0, error
            assert all(ui.finished_backfill(backfill)["status"] == "COMPLETED_SUCCESS" for backfill in backfills)
            wait_for(lambda: all(run["status"] in ENDED for run in ui.runs()), "every run to end")
    # What a tick of the night asks for and one of the day does not.
    today = datetime.now(UTC).date()
    papers = world.papers("backfill", "--from", str(today - ASKED_AT_NIGHT), "--to", str(today), "--missing")
    _, error = papers.communicate(timeout=600)
    assert papers.returncode == 0, error
    runs = [run for run in ui.runs() if run["runId"] not in earlier]
    assert {run["status"] for run in runs} == {"SUCCESS"}
    assert sorted(begun()) == ["backfill", "command line", "schedule", "sensor"]
    starts = {**begun(), "backfill": launched}  # its run is up to half a minute later
    assert max(starts.values()) < min(run["endTime"] for run in runs), "one was over before another was asked for"
    assert_equal(read_rows(world.published), world.calm_today)


def origin(run: Mapping[str, Any]) -> str:
    """What asked for a run, as Dagster's tags tell."""
    tags = {tag["key"] for tag in run["tags"]}
    kinds = {"dagster/sensor_name": "sensor", "dagster/schedule_name": "schedule", "dagster/backfill": "backfill"}
    return next((kind for tag, kind in kinds.items() if tag in tags), "command line")


def days(first: date, last: date) -> list[str]:
    return [(first + timedelta(days=step)).isoformat() for step in range((last - first).days + 1)]
