"""The real UI in a real browser, with the real daemon, on the demo. `make screenshots` keeps what it sees.

Skipped where there is no Chromium (on Debian: apt-get install chromium fonts-dejavu-core) or no playwright.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dagster_ui import PATIENCE_SECONDS, DagsterUi, dagster_ui, reader, wait_for

from pipeline.commands.job import run_days
from pipeline.sources import registry
from pipeline.standin import Facts, Standin

pytestmark = pytest.mark.ui

SOURCE = "timlrx/daily-ai-papers"
FIRST, FAILED, LAST = date(2025, 2, 24), date(2025, 3, 14), date(2025, 3, 21)
IMAGES = os.environ.get("PAPERS_IMAGES")  # a folder, where the pictures are wanted
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass(frozen=True)
class World:
    """The demo, its UI and stand-in, and the settings that lead there."""

    ui: DagsterUi
    standin: Standin
    folder: Path
    settings: Mapping[str, str]

    @property
    def published(self) -> Path:
        return self.folder / "warehouse" / "papers.duckdb"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The demo up to a day that failed, with its UI and daemon."""
    folder = tmp_path_factory.mktemp("ui")
    with pytest.MonkeyPatch.context() as patch, Standin() as standin:
        standin.allow(5000)
        folders = {"WAREHOUSE_DIR": str(folder / "warehouse"), "DAGSTER_HOME": str(folder / "dagster")}
        settings = {**standin.environment, **folders, "ARXIV_INTERVAL_SECONDS": "0"}
        for name, value in settings.items():
            patch.setenv(name, value)
        patch.chdir(folder)
        with dagster_ui({}, folder / "log") as ui:
            standin.fail(f"/{SOURCE}/main/archive/{FAILED:%Y/%m/%d}", 503)
            standin.fail(f"/{SOURCE}/legacy.tar.gz", 503)
            standin.fail("/repos/timlrx", 503)
            run_days(FAILED - timedelta(days=4), FAILED)
            standin.calm()
            run_days(FIRST, FAILED - timedelta(days=1))
            wait_for(ui.is_ready, "the UI to start")
            yield World(ui, standin, folder, settings)


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


def test_who_never_saw_the_project_finds_out_why_a_day_has_no_papers(page: Any) -> None:
    page.goto("/")
    page.get_by_text("Search", exact=True).click()
    page.locator("input:focus").fill("listings")
    page.get_by_text("Asset in pipeline").first.wait_for()
    page.keyboard.press("Enter")
    page.get_by_text("Why has a day no papers? Partitions, the day").first.wait_for()
    page.get_by_text("Partitions", exact=True).first.click()
    page.get_by_placeholder("Filter by name").fill("2025-03-08")
    page.get_by_text("2025-03-08", exact=True).first.click()
    page.get_by_text("absent: the source published no page on this Saturday, as on most weekends").first.wait_for()
    page.reload()  # forgets the filter
    page.get_by_text("absent: the source published no page on this Saturday, as on most weekends").first.wait_for()
    keep_picture(page, "day")


def test_a_failed_day_is_red_and_says_why(page: Any) -> None:
    page.goto(f"/assets/documents?view=partitions&partition={FAILED}")
    page.get_by_text("failed, and did not materialize this asset").wait_for()
    page.get_by_text("Failed (1)").wait_for()
    keep_picture(page, "failed_day")
    page.locator("a[href^='/runs/']").first.click()
    reason = page.get_by_text("1 day failed, the rest is published.")
    reason.first.wait_for()
    assert f"{FAILED} {SOURCE}: HTTP 503" in reason.first.inner_text()


def test_a_table_shows_its_grain_columns_and_checks(page: Any) -> None:
    page.goto("/assets/fct_listing")
    page.get_by_text("Grain: one row per paper listed by a source on a day.").first.wait_for()
    page.get_by_text("63 bits of the md5 of source, day and arXiv id").wait_for()
    page.get_by_text("as listed, white space collapsed ← staging.listing.title").wait_for()
    page.get_by_text("Row count").first.wait_for()
    keep_picture(page, "table")
    page.goto("/assets/fct_listing?view=checks")
    page.get_by_text("one_first_listing", exact=True).first.click()
    page.get_by_text("Every paper has exactly one first listing, and numbers").first.wait_for()
    keep_picture(page, "checks")


def test_a_tick_of_the_schedule_can_be_looked_at_beforehand(page: Any) -> None:
    page.goto("/locations/pipeline/schedules/daily_schedule")
    page.get_by_role("button", name="Preview tick result").click()
    page.get_by_role("button", name="Continue").click()
    # By the time of day: the night's tick starts a run, one at noon finds that all its sources have ended.
    asked = page.get_by_text("1 run requests").or_(page.get_by_text("1 run request"))
    asked.or_(page.get_by_text("has answered for")).first.wait_for()
    keep_picture(page, "tick")


def test_a_sensor_can_be_looked_at_beforehand(page: Any) -> None:
    page.goto("/locations/pipeline/sensors/leftovers_sensor")
    page.get_by_role("button", name="Preview tick result").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("nothing waits for an answer").first.wait_for()


def test_a_backfill_from_the_ui_is_one_run_heals_the_failed_day_and_refuses_no_reader(page: Any, world: World) -> None:
    ui = world.ui
    page.goto("/locations/pipeline/jobs/daily_run/partitions")
    page.get_by_role("button", name="Materialize").first.click()
    page.get_by_text("Show all partitions").click()
    chosen = page.get_by_role("dialog").locator("input[type=text], input:not([type])").first
    chosen.fill(f"[{FAILED}...{LAST}]")
    chosen.press("Enter")
    page.get_by_text("8 partitions", exact=True).wait_for()
    keep_picture(page, "backfill")
    with reader(world.published) as reading:
        page.get_by_role("button", name="Launch backfill").click()
        wait_for(lambda: len(ui.backfills()) == 1, "the backfill to be launched")
        [backfill_id] = ui.backfills()
        page.goto(f"/runs/b/{backfill_id}")
        page.get_by_text(backfill_id).first.wait_for()
        backfill = ui.finished_backfill(backfill_id)
    assert (backfill["status"], backfill["numPartitions"]) == ("COMPLETED_SUCCESS", 8)
    assert [run["status"] for run in backfill["runs"]] == ["SUCCESS"]
    page.reload()
    page.get_by_text("Succeeded", exact=True).nth(1).wait_for()  # the status; a column is called so too
    keep_picture(page, "backfill_done")
    assert reading["refused"] == []
    newest = [seen.split()[0] for seen in reading["seen"]]
    assert newest == [str(FAILED), str(LAST)]  # the old file, which has the other source's page of the day; the new one
    assert sum(reading["seen"].values()) > 50


def test_a_run_is_followed_live_through_the_guard(page: Any, world: World) -> None:
    heard: list[str] = []
    page.on("websocket", lambda web: web.on("framereceived", lambda frame: heard.append(str(frame))))
    run_id = world.ui.launch_run(str(LAST))
    page.goto(f"/runs/{run_id}")
    page.get_by_text("Success", exact=True).first.wait_for(timeout=PATIENCE_SECONDS * 1000)  # without a reload
    assert any("RunSuccessEvent" in frame for frame in heard)


def test_the_real_archives_from_the_ui_are_one_run_with_every_day_right_and_refuse_no_reader(
    archives: Path, world: World
) -> None:
    ui = world.ui
    pages = find_pages(archives)
    first, last = min(day for _, day in pages), max(day for _, day in pages)
    world.standin.archive.folders[:] = [archives]
    world.standin.arxiv.facts = world.standin.github.facts = Facts(None)  # invented for whatever is asked for
    (world.folder / "warehouse").rename(world.folder / "demo")
    # In a process of its own, since playwright keeps an event loop in this one; so that there is a file from the start.
    papers = [sys.executable, "-m", "pipeline", "run", "--date", str(last)]
    subprocess.run(papers, check=True, capture_output=True, env={**os.environ, **world.settings}, cwd=world.folder)
    with reader(world.published) as reading:
        days = [(first + timedelta(days=step)).isoformat() for step in range((last - first).days + 1)]
        backfill = ui.finished_backfill(ui.launch_backfill(days))
    assert backfill["status"] == "COMPLETED_SUCCESS"
    assert [run["status"] for run in backfill["runs"]] == ["SUCCESS"]
    with duckdb.connect(str(world.published), read_only=True) as connection:
        found = connection.execute(
            "select source_id, listing_date, outcome from fct_source_day join dim_source using (source_key)"
        ).fetchall()
    assert {(source_id, day) for source_id, day, outcome in found if outcome in ("published", "empty")} == pages
    assert {outcome for source_id, day, outcome in found if (source_id, day) not in pages} == {"absent"}
    assert len(found) == sum((last - max(first, source.first_date)).days + 1 for source in registry.SOURCES)
    assert reading["refused"] == [] and len(reading["seen"]) == 2


def find_pages(archives: Path) -> set[tuple[str, date]]:
    """The pages that lie there, each by its source and day."""
    pages: set[tuple[str, date]] = set()
    for file in archives.glob("*/*/main/archive/*/*/*.md"):
        owner, name, _, _, year, month, _ = file.relative_to(archives).parts
        pages.add((f"{owner}/{name}", date(int(year), int(month), int(file.stem))))
    return pages
