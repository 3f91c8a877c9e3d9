"""What goes wrong where hosts share services: nothing is lost, nothing is there twice, readers see whole stars."""

import random
import signal
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from archive_days import real_days
from hosts import Lake, Postgres, fingerprints, finish, work
from refusing import Refusing

from pipeline.core.errors import PipelineError, RawError, WarehouseError
from pipeline.lake.catalog import connect_lake, find_tagged
from pipeline.lake.upkeep import tidy
from pipeline.warehouse.folder import Warehouse

FIRST, LAST = date(2025, 3, 3), date(2025, 3, 28)
KILLS = 8
ONCE = {
    "staging.raw_file": "file",
    "staging.exchange": "exchange_id",
    "staging.page": "document_id, listing_date, sha256",
    "staging.listing": "document_id, sha256, listing_key",
}


@pytest.fixture
def days(lake: Lake, archives: Path) -> list[Any]:
    """Days of the real archives, each in the store as a file of its own."""
    found, raw = real_days(archives, FIRST, LAST), lake.warehouse().raw
    for day in found:
        raw.store(*day)
    return found


def star_of_one_machine(folder: Path, days: list[Any]) -> dict[str, Any]:
    alone = Warehouse(folder)
    alone.raw.store(*(exchange for day in days for exchange in day))
    alone.refresh()
    return alone.use(fingerprints)


def assert_once(lake: Lake, files: int) -> None:
    """Each file is loaded, and no row is there twice."""
    assert lake.ask("select count(*) from staging.raw_file") == [(files,)]
    for table, key in ONCE.items():
        assert lake.ask(f"select {key} from {table} group by all having count(*) > 1") == [], table


class Reader(threading.Thread):
    """Asks the newest tagged star all along, and keeps by version what it saw."""

    def __init__(self, lake: Lake) -> None:
        super().__init__()
        self.lake, self.is_over, self.seen, self.faults = lake, threading.Event(), dict[int, Any](), list[str]()

    def run(self) -> None:
        warehouse = self.lake.warehouse()
        while not self.is_over.is_set():
            version = warehouse.use(find_tagged)
            if version is None:
                time.sleep(0.2)
                continue
            with connect_lake(warehouse.catalog, warehouse.store.url, self.lake.folder / "spill", version) as reader:
                self.look(version, reader)

    def look(self, version: int, reader: Any) -> None:
        """A whole star has each listing's paper and day, and what a version shows never changes."""
        orphans = "select count(*) from fct_listing anti join dim_paper using (paper_key)"
        unsaid = "select count(*) from fct_listing anti join fct_source_day using (source_key, date_key)"
        found = fingerprints(reader)
        if reader.execute(f"select ({orphans}) + ({unsaid})").fetchall() != [(0,)]:
            self.faults.append(f"version {version} is torn")
        if self.seen.setdefault(version, found) != found:
            self.faults.append(f"version {version} has changed")


def test_hosts_killed_at_random_lose_nothing_and_double_nothing_and_a_reader_sees_whole_stars(
    lake: Lake, days: list[Any], tmp_path: Path
) -> None:
    chance = random.Random(17)
    lake.warehouse().use(lambda connection: None)
    reader = Reader(lake)
    reader.start()
    hosts = [work(lake.host(), "load") for _ in range(2)]
    for kill in range(KILLS):
        time.sleep(chance.uniform(1, 5))
        number = kill % len(hosts)
        hosts[number].send_signal(signal.SIGKILL)
        hosts[number].communicate()
        hosts[number] = work(lake.host(), "load")
    for host in hosts:
        finish(host)
    reader.is_over.set()
    reader.join(120)
    warehouse = lake.warehouse()
    warehouse.refresh()
    assert_once(lake, len(days))
    assert warehouse.use(fingerprints) == star_of_one_machine(tmp_path / "alone", days)
    assert not reader.faults and reader.seen


def test_postgresql_that_goes_and_comes_back_costs_one_run_and_no_row(
    lake: Lake, days: list[Any], postgres: Postgres, tmp_path: Path
) -> None:
    lake.warehouse().use(lambda connection: None)
    host = work(lake.host(), "load")
    while lake.ask("select count(*) from staging.raw_file") == [(0,)] and host.poll() is None:
        time.sleep(0.2)
    postgres.stop()
    try:
        said, _ = host.communicate(timeout=300)
        with pytest.raises(WarehouseError, match="WAREHOUSE_CATALOG") as caught:
            lake.warehouse().load_raw()
    finally:
        postgres.start()
    assert host.returncode == 0 or "WarehouseError" in said
    assert "ssecret" not in said + str(caught.value)
    finish(work(lake.host(), "load"))
    assert_once(lake, len(days))
    assert lake.warehouse().use(fingerprints) == star_of_one_machine(tmp_path / "alone", days)


@pytest.fixture
def refusing(endpoint: str) -> Iterator[Refusing]:
    with Refusing(endpoint) as found:
        yield found


def test_a_store_that_refuses_writes_stops_a_run_and_what_it_had_stays(
    lake: Lake, days: list[Any], refusing: Refusing, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", refusing.url)
    warehouse = lake.warehouse()
    warehouse.refresh()
    before = warehouse.use(find_tagged)
    late = real_days(tmp_path, date(2025, 4, 1), date(2025, 4, 1))
    refusing.is_refusing = True
    with pytest.raises(RawError, match="cannot be written"):
        warehouse.raw.store(*late[0])
    refusing.is_refusing = False
    warehouse.raw.store(*late[0])
    refusing.is_refusing = True
    with pytest.raises(PipelineError, match="cannot be used"):
        warehouse.refresh()
    refusing.is_refusing = False
    assert warehouse.use(find_tagged) == before
    warehouse.refresh()
    assert_once(lake, len(days) + 1)
    assert warehouse.use(fingerprints) == star_of_one_machine(tmp_path / "alone", [*days, *late])


def test_a_catalog_of_yesterday_beside_the_store_of_today_catches_up(
    lake: Lake, days: list[Any], postgres: Postgres, tmp_path: Path
) -> None:
    warehouse = lake.warehouse()
    warehouse.refresh()
    catalog = lake.environment["WAREHOUSE_CATALOG"]
    place = ("-h", "127.0.0.1", "-p", str(postgres.port), "-U", "papers")
    postgres.run("createdb", *place, "-T", catalog.rpartition("/")[2], "yesterday")
    more = real_days(tmp_path, date(2025, 4, 1), date(2025, 4, 3))
    for day in more:
        warehouse.raw.store(*day)
    warehouse.refresh()
    warehouse.publish()
    yesterday = f"{catalog.rpartition('/')[0]}/yesterday"
    restored = Lake({**lake.environment, "WAREHOUSE_CATALOG": yesterday}, tmp_path / "restored")
    again = restored.warehouse()
    again.refresh()
    again.publish()
    assert_once(restored, len(days) + len(more))
    assert again.use(fingerprints) == star_of_one_machine(tmp_path / "alone", [*days, *more])


def test_tidying_keeps_the_star_that_readers_have_and_removes_what_nobody_needs(lake: Lake, days: list[Any]) -> None:
    warehouse = lake.warehouse()
    warehouse.refresh()
    before, tagged = warehouse.use(fingerprints), warehouse.use(find_tagged)
    left = "lake/main/fct_listing/ducklake-of-a-killed-run.parquet"
    warehouse.store.create(left, b"half of a file")
    done = tidy(warehouse, kept=timedelta(0), untouched=-timedelta(seconds=5))  # a store tells whole seconds
    assert done["versions"] > 1 and done["orphans"] >= 1
    assert left not in warehouse.store.names("lake")
    assert warehouse.use(find_tagged) == tagged
    assert warehouse.use(fingerprints) == before
    warehouse.rebuild()
    assert warehouse.use(fingerprints) == before
