"""One writer with a store: what it fetched and published is on no machine alone."""

import os
import shutil
import time
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from archive_days import real_days
from hosts import Lake, fingerprints, finish, papers

from pipeline.core.errors import WarehouseError
from pipeline.core.settings import Settings
from pipeline.lake.newest import UNDER, published_file, send
from pipeline.lake.warehouse import StoredWarehouse, open_warehouse
from pipeline.warehouse.intake import damage
from pipeline.warehouse.publish import point_to

DAYS = (date(2025, 3, 10), date(2025, 3, 14))


@pytest.fixture
def without_catalog(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("WAREHOUSE_CATALOG")
    return lake.settings.model_copy(update={"warehouse_catalog": None})


def on(settings: Settings, folder: Path) -> StoredWarehouse:
    found = open_warehouse(settings.model_copy(update={"warehouse_dir": folder}))
    assert type(found) is StoredWarehouse
    return found


def star_of(file: Path) -> dict[str, Any]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return fingerprints(connection)


def test_what_one_host_publishes_others_read_and_a_lost_disk_costs_no_request(
    without_catalog: Settings, lake: Lake, archives: Path, tmp_path: Path
) -> None:
    writer = on(without_catalog, tmp_path / "writer")
    for day in real_days(archives, *DAYS):
        writer.raw.store(*day)
    writer.refresh()
    assert writer.publish() is not None
    expected = star_of(writer.published)
    reader = lake.host()
    del reader["WAREHOUSE_CATALOG"]
    said = finish(papers(reader, "query", "select count(*) as listings from fct_listing"))
    assert str(expected["fct_listing"][0]) in said
    shutil.rmtree(writer.folder)
    anew = on(without_catalog, tmp_path / "writer")
    anew.refresh()
    anew.publish()
    assert star_of(anew.published) == expected


def test_a_publish_that_did_not_reach_the_store_does_at_the_next_run(
    without_catalog: Settings, archives: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = on(without_catalog, tmp_path / "writer")
    writer.raw.store(*real_days(archives, DAYS[0], DAYS[0])[0])
    writer.refresh()
    store = writer.store
    monkeypatch.setattr(store, "replace", refuse)
    with pytest.raises(WarehouseError, match="no room"):
        writer.publish()
    assert store.names(UNDER) == []
    monkeypatch.undo()
    monkeypatch.delenv("WAREHOUSE_CATALOG", raising=False)
    again = StoredWarehouse(writer.folder, store)
    again.publish()
    assert len(store.names(UNDER)) == 2


def refuse(*given: object) -> None:
    raise WarehouseError("no room")


def test_the_releases_that_stay_are_the_last_by_the_clock_of_the_store(
    without_catalog: Settings, archives: Path, tmp_path: Path
) -> None:
    writer = on(without_catalog, tmp_path / "writer")
    writer.raw.store(*real_days(archives, DAYS[0], DAYS[0])[0])
    writer.refresh()
    writer.publish()
    names = ["20990101T000000000000Z", "20200101T000000000000Z", "20210101T000000000000Z"]  # of hosts with wrong clocks
    for name in names:
        release = writer.folder / "published" / name
        release.mkdir()
        shutil.copy(writer.published, release)
        point_to(release / "papers.duckdb", writer.folder)
        time.sleep(1.1)  # a store tells whole seconds
        send(writer.store, writer.published)
    assert {name.split("/")[1] for name in writer.store.names(UNDER) if name.endswith(".duckdb")} == set(names)


def test_a_raw_file_that_is_altered_in_the_store_is_told_and_the_rest_is_loaded(
    without_catalog: Settings, archives: Path, tmp_path: Path
) -> None:
    writer = on(without_catalog, tmp_path / "writer")
    for day in real_days(archives, *DAYS):
        writer.raw.store(*day)
    spoilt = writer.raw.files()[0]
    writer.store.replace(spoilt.as_posix(), b"not what it was")
    loaded = writer.load_raw()
    assert loaded.unreadable == [spoilt.name]
    assert list(damage.look(writer.raw, writer.private.folder)) == [spoilt.as_posix()]


def test_what_is_set_to_nothing_is_as_if_it_were_not_set(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "")
    store = lake.warehouse().store
    store.create("one", b"1")
    assert store.read("one") == b"1" and "AWS_SESSION_TOKEN" not in os.environ


def test_two_writers_by_mistake_lose_nothing(without_catalog: Settings, archives: Path, tmp_path: Path) -> None:
    days = real_days(archives, *DAYS)
    one, other = on(without_catalog, tmp_path / "one"), on(without_catalog, tmp_path / "other")
    for writer, some in ((one, days[:3]), (other, days[2:])):
        for day in some:
            writer.raw.store(*day)
    for writer in (one, other):
        writer.refresh()
        writer.publish()
    assert star_of(one.published) == star_of(other.published)
    reader = without_catalog.model_copy(update={"warehouse_dir": tmp_path / "reader"})
    assert star_of(published_file(reader)) == star_of(one.published)
