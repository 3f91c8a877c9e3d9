"""What plans runs on a host that has published nothing itself: schedule, sensors and news read what readers read."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from archive_days import real_days
from hosts import Lake

from pipeline.commands.doctor.examine import check_published
from pipeline.core.errors import WarehouseError
from pipeline.core.settings import Settings, read_settings
from pipeline.defs import planning, sensors
from pipeline.defs.schedules import daily_schedule
from pipeline.lake.place import find_published
from pipeline.lake.warehouse import StoredWarehouse, open_warehouse
from pipeline.read.status.silence import read_spoken
from pipeline.sources import registry
from pipeline.sources.registry import choose_sources

DAYS = (date(2025, 3, 10), date(2025, 3, 14))
LATER = date(2026, 11, 27)


@pytest.fixture
def planner(request: pytest.FixtureRequest, lake: Lake, archives: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """This process: a new host with a folder that is not there yet, after another host has published five days; with a
    store, unless a test asks for a lake.
    """
    if getattr(request, "param", "store") == "store":
        monkeypatch.delenv("WAREHOUSE_CATALOG")
    writer = open_warehouse(read_settings().model_copy(update={"warehouse_dir": lake.folder / "writer"}))
    assert isinstance(writer, StoredWarehouse)
    for day in real_days(archives, *DAYS):
        writer.raw.store(*day)
    writer.refresh()
    writer.publish()
    settings = read_settings()
    assert not settings.warehouse_dir.exists()
    return settings


def tick(at: datetime) -> Any:
    with dg.DagsterInstance.ephemeral() as instance:
        return daily_schedule(dg.build_schedule_context(instance, scheduled_execution_time=at))


def leftovers() -> Any:
    with dg.DagsterInstance.ephemeral() as instance:
        return sensors.leftovers_sensor(dg.build_sensor_context(instance=instance))


@pytest.mark.parametrize("planner", ["lake", "store"], indirect=True)
def test_a_host_that_published_nothing_plans_by_what_another_has_published(planner: Settings) -> None:
    sources = choose_sources(planner.sources)
    assert isinstance(tick(datetime(2025, 3, 14, 14, 45, tzinfo=UTC)), dg.SkipReason)  # each source has answered
    spoken = read_spoken(find_published(planner), sources, LATER)
    assert spoken.last == {source.source_id: DAYS[1] for source in sources}
    asked = leftovers()
    assert isinstance(asked, dg.RunRequest) and "wait for a first answer" in asked.tags["papers/reason"]
    found = check_published(open_warehouse(planner), datetime.now(UTC))
    assert found.is_well and "passes every check" in found.text
    assert not planner.warehouse_dir.exists()  # to plan is to read


def test_a_host_without_the_file_fetches_it_for_a_page_alone(planner: Settings) -> None:
    assert open_warehouse(planner).fetch_published().resolve().is_file()


def test_raw_files_that_are_gone_from_the_store_are_missed_on_each_host(planner: Settings) -> None:
    warehouse = open_warehouse(planner)
    assert isinstance(warehouse, StoredWarehouse)
    warehouse.raise_if_raw_is_lost()
    warehouse.store.delete(warehouse.store.names("raw"))
    with pytest.raises(WarehouseError, match=r"raw has no file.*was built from some"):
        warehouse.raise_if_raw_is_lost()


def test_a_store_that_is_away_ends_a_tick_in_words(planner: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("pipeline.lake.store.RETRIES", {"max_retries": 0})
    assert "cannot be read" in leftovers().skip_message
    with dg.DagsterInstance.ephemeral() as instance:
        skipped = sensors.archive_sensor(dg.build_sensor_context(instance=instance))
    assert isinstance(skipped, dg.SkipReason) and "cannot be read" in (skipped.skip_message or "")
    assert planning.find_unawaited(registry.SOURCES, LATER) == set()  # nobody is known to be asleep
