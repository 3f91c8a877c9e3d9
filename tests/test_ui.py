"""The real UI in a real browser, with the real daemon, on the demo. `make screenshots` keeps what it sees.

Skipped where there is no Chromium (on Debian: apt-get install chromium fonts-dejavu-core) or no playwright.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dagster_ui import DagsterUi, dagster_ui, wait_for

from pipeline.runs import run_days
from pipeline.standin import Standin

pytestmark = pytest.mark.ui

SOURCE = "timlrx/daily-ai-papers"
FIRST, FAILED, LAST = date(2025, 2, 24), date(2025, 3, 14), date(2025, 3, 21)
IMAGES = os.environ.get("PAPERS_IMAGES")  # a folder, where the pictures are wanted
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SAME_IN_EVERY_ORDER = {
    "fct_listing": "*",
    "bridge_listing_task": "*",
    "bridge_listing_repository": "*",
    "bridge_listing_author": "*",
    "rejected_row": "*",
    "dim_paper": "* exclude (observed_at)",
    "fct_source_day": "listing_date, source_key, outcome, listing_count, document_sha256",
    "dim_repository": "repository_key, full_name, status",
}


@dataclass(frozen=True)
class World:
    """The demo, its UI, and the environment of both."""

    ui: DagsterUi
    folder: Path
    environment: dict[str, str]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The demo up to a day that failed, with its UI and daemon."""
    folder = tmp_path_factory.mktemp("ui")
    with pytest.MonkeyPatch.context() as patch, Standin() as standin:
        standin.allow(5000)
        settings = {"WAREHOUSE_DIR": str(folder / "warehouse"), "DAGSTER_HOME": str(folder / "dagster")}
        for name, value in {**standin.environment, **settings, "ARXIV_INTERVAL_SECONDS": "0"}.items():
            patch.setenv(name, value)
        patch.chdir(folder)
        standin.fail(f"/{SOURCE}/main/archive/{FAILED:%Y/%m/%d}", 503)
        standin.fail(f"/{SOURCE}/legacy.tar.gz", 503)
        standin.fail("/repos/timlrx", 503)
        run_days(FAILED - timedelta(days=4), FAILED)
        standin.calm()
        run_days(FIRST, FAILED - timedelta(days=1))
        with dagster_ui({}, folder / "log") as ui:
            yield World(ui, folder, dict(os.environ))


@pytest.fixture(scope="module")
def page(world: World) -> Iterator[Any]:
    if BROWSER is None:
        pytest.skip("no Chromium here")
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright here").sync_playwright().start()
    browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
    page = browser.new_page(viewport={"width": 1400, "height": 860}, base_url=world.ui.url)
    page.set_default_timeout(60_000)
    yield page
    browser.close()
    playwright.stop()


def keep_picture(page: Any, name: str) -> None:
    if IMAGES:
        page.wait_for_timeout(2500)  # until nothing moves
        page.mouse.move(0, 0)
        page.screenshot(path=f"{IMAGES}/{name}.png")


def test_the_graph_is_fetch_parse_enrich_load_publish(page: Any) -> None:
    page.goto("/asset-groups")
    places = {name: page.get_by_text(name, exact=True).last for name in ("fetch", "parse", "enrich", "load", "publish")}
    for place in places.values():
        place.wait_for()
    columns = {name: place.bounding_box()["x"] for name, place in places.items()}
    assert sorted(columns, key=columns.__getitem__) == list(places)
    keep_picture(page, "graph")


def test_a_day_without_papers_says_why(page: Any) -> None:
    page.goto("/assets/listings?view=partitions&partition=2025-03-08")
    page.get_by_text("absent: the source published no page on this Saturday, as on most weekends").first.wait_for()
    keep_picture(page, "day")


def test_a_failed_day_is_red_and_says_why(page: Any) -> None:
    page.goto(f"/assets/documents?view=partitions&partition={FAILED}")
    page.get_by_text("failed, and did not materialize this asset").wait_for()
    page.get_by_text("Failed (1)").wait_for()
    page.get_by_text("View all historical events (1)").click()
    page.get_by_text("Observation", exact=True).wait_for()
    page.get_by_role("dialog").get_by_text(str(FAILED), exact=True).last.click()
    page.get_by_text("HTTP 503").first.wait_for()
    keep_picture(page, "failed_day")


def test_a_table_shows_its_grain_columns_and_checks(page: Any) -> None:
    page.goto("/assets/fct_listing")
    page.get_by_text("Grain: one row per paper listed by a source on a day.").first.wait_for()
    page.get_by_text("63 bits of the md5 of source, day and arXiv id").wait_for()
    page.get_by_text("Row count").first.wait_for()
    keep_picture(page, "table")
    page.goto("/assets/fct_listing?view=checks")
    page.get_by_text("one_first_listing", exact=True).first.click()
    page.get_by_text("Every paper has exactly one first listing.").first.wait_for()
    keep_picture(page, "checks")


def test_a_tick_of_the_schedule_can_be_looked_at_beforehand(page: Any) -> None:
    page.goto("/locations/pipeline/schedules/daily_schedule")
    page.get_by_role("button", name="Preview tick result").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("1 run requests").or_(page.get_by_text("1 run request")).first.wait_for()
    keep_picture(page, "tick")


def test_a_sensor_can_be_looked_at_beforehand(page: Any) -> None:
    page.goto("/locations/pipeline/sensors/leftovers_sensor")
    page.get_by_role("button", name="Preview tick result").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("nothing waits for an answer").first.wait_for()


def test_a_backfill_from_the_ui_is_one_run_and_heals_the_failed_day(page: Any, world: World) -> None:
    ui, folder = world.ui, world.folder
    page.goto("/locations/pipeline/jobs/daily_run/partitions")
    page.get_by_role("button", name="Materialize").first.click()
    page.get_by_text("Show all partitions").click()
    chosen = page.get_by_role("dialog").locator("input[type=text], input:not([type])").first
    chosen.fill(f"[{FAILED}...{LAST}]")
    chosen.press("Enter")
    page.get_by_text("8 partitions", exact=True).wait_for()
    keep_picture(page, "backfill")
    page.get_by_role("button", name="Launch backfill").click()
    wait_for(lambda: len(ui.backfills()) == 1, "the backfill to be launched")
    [backfill_id] = ui.backfills()
    page.goto(f"/runs/b/{backfill_id}")
    page.get_by_text(backfill_id).first.wait_for()
    backfill = ui.finished_backfill(backfill_id)
    assert (backfill["status"], backfill["numPartitions"]) == ("COMPLETED_SUCCESS", 8)
    assert [run["status"] for run in backfill["runs"]] == ["SUCCESS"]
    page.get_by_text("Completed").first.wait_for()
    keep_picture(page, "backfill_done")
    assert read(folder)["fct_source_day"][-1][0] == LAST


def test_sensor_run_backfill_and_command_line_at_once_end_green_with_the_warehouse_of_a_calm_run(
    world: World,
) -> None:
    ui, folder = world.ui, world.folder
    started = time.time()
    (folder / "warehouse").rename(folder / "calm")
    ui.ask(START_SENSOR, {"s": {**LOCATION, "sensorName": "archive_sensor"}})
    backfills = [ui.launch_backfill(days(FIRST, date(2025, 3, 7))), ui.launch_backfill(days(date(2025, 3, 3), LAST))]
    launched = ui.ask(LAUNCH_RUN, {"p": single_run(date(2025, 3, 5))})["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    command = [sys.executable, "-m", "pipeline", "backfill", "--from", str(FIRST), "--to", str(LAST)]
    papers = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=600, env=world.environment, cwd=folder
    )
    assert papers.returncode == 0, papers.stderr
    assert all(ui.finished_backfill(backfill)["status"] == "COMPLETED_SUCCESS" for backfill in backfills)
    wait_for(lambda: all(run["status"] in ("SUCCESS", "FAILURE", "CANCELED") for run in ui.runs()), "every run to end")
    storm = [run for run in ui.runs() if (run["startTime"] or 0) >= started - 1]
    assert len(storm) >= 4 and {run["status"] for run in storm} == {"SUCCESS"}
    ui.ask(STOP_SENSOR, {"s": {**LOCATION, "sensorName": "archive_sensor"}})
    assert read(folder) == read(folder, "calm")


LOCATION = {"repositoryName": "__repository__", "repositoryLocationName": "pipeline"}
START_SENSOR = "mutation($s: SensorSelector!) { startSensor(sensorSelector: $s) { __typename } }"
STOP_SENSOR = "mutation($s: SensorSelector!) { resetSensor(sensorSelector: $s) { __typename } }"
LAUNCH_RUN = """
mutation($p: ExecutionParams!) {
  launchRun(executionParams: $p) { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } }
}"""


def single_run(day: date) -> dict[str, Any]:
    """A run of one day, as a tick of the schedule or the Materialize button asks for it."""
    return {
        "selector": {**LOCATION, "jobName": "daily_run"},
        "runConfigData": {},
        "executionMetadata": {"tags": [{"key": "dagster/partition", "value": day.isoformat()}]},
    }


def days(first: date, last: date) -> list[str]:
    return [(first + timedelta(days=step)).isoformat() for step in range((last - first).days + 1)]


def read(folder: Path, name: str = "warehouse") -> dict[str, list[Any]]:
    with duckdb.connect(str(folder / name / "papers.duckdb"), read_only=True) as connection:
        return {
            table: connection.execute(f"select {columns} from {table} order by all").fetchall()
            for table, columns in SAME_IN_EVERY_ORDER.items()
        }
