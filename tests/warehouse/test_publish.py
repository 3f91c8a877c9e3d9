"""Publishing: whoever reads has a whole star, old or new, whatever befalls the writer."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

import duckdb
import pytest
from effort import tries
from empty import empty_warehouse
from histories import HEADER, content_hash

from pipeline.core.errors import WarehouseError
from pipeline.http.exchange import Exchange
from pipeline.sources import registry
from pipeline.sources.pages import subject_of
from pipeline.warehouse import lock
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.publish import RELEASES

KILLS = tries(5, 20)
ROUNDS = 3 * KILLS  # to strike so often; a run that ends before it is struck counts for nothing


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    warehouse = empty_warehouse(tmp_path / "warehouse")
    run(warehouse, 0)
    return warehouse


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Processes that start at once, forked from one that has imported all and opened nothing."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["warehouse.test_publish"])
    return context


def answers(step: int) -> list[Exchange]:
    """A step's news: both sources' pages of a day, one of them corrected from the day before."""
    at = datetime(2025, 3, 4, 12, tzinfo=UTC) + timedelta(days=step)
    return [
        Exchange(
            "archive", (subject_of(source.source_id, day),), 1, "http://127.0.0.1:9", "GET", 200, {}, at, page, None
        )
        for source in registry.SOURCES
        for day in (date(2025, 3, 3) + timedelta(days=step), date(2025, 3, 2) + timedelta(days=step))
        for page in [write_page(step, day)]
    ]


def write_page(step: int, day: date) -> bytes:
    links = [f"| [Tea {n}](https://arxiv.org/abs/2503.{day:%m%d}{n}) | Ada {n} | Hot {step}. | ['Robotics'] "
             f"| [Link](https://github.com/lab/pot-{n}) | N/A |\n" for n in range(1, 6)]  # fmt: skip
    return (HEADER + "".join(links)).encode()


def run(warehouse: Warehouse, step: int) -> Path | None:
    """Do what a run does with a step's answers, asked again in whole where a kill came between."""
    with lock.hold(warehouse.folder, "a test", wait_seconds=10):
        for exchange in answers(step):
            warehouse.raw.store(exchange)
        warehouse.refresh()
        warehouse.raw.bundle()
        warehouse.load_raw()
        return warehouse.publish()


def run_in(folder: str, step: int) -> None:
    run(Warehouse(Path(folder)), step)


def read_hash(path: Path) -> str:
    with duckdb.connect(str(path), read_only=True) as connection:
        return content_hash(connection)


def keep_reading(path: str, found: Any, over: Any) -> None:
    """Open and read again and again; hand over every content met and every error."""
    while not over.wait(0.02):
        try:
            found.put(read_hash(Path(path)))
        except duckdb.Error as error:
            found.put(f"refused: {error}")


def hold_on(path: str, found: Any, over: Any) -> None:
    """Read by one connection, opened once."""
    with duckdb.connect(path, read_only=True) as connection:
        while not over.wait(0.05):
            found.put(content_hash(connection))


@dataclass
class Readers:
    """Processes that read while the writer is killed, and what they met."""

    processes: list[ForkServerProcess]
    looping: Any
    holding: Any
    over: Any

    def end(self) -> tuple[list[str], list[str]]:
        self.over.set()
        met = drain(self.looping), drain(self.holding)
        for process in self.processes:
            process.join()
        return met


def drain(queue: Any) -> list[str]:
    met: list[str] = []
    time.sleep(0.3)
    while not queue.empty():
        met.append(queue.get())
    return met


def start_readers(context: ForkServerContext, path: Path) -> Readers:
    looping, holding, over = context.SimpleQueue(), context.SimpleQueue(), context.Event()
    started = [
        context.Process(target=keep_reading, args=(str(path), looping, over)),
        context.Process(target=hold_on, args=(str(path), holding, over)),
    ]
    for process in started:
        process.start()
    return Readers(started, looping, holding, over)


def test_kills_at_random_moments_lose_nothing_and_refuse_nobody(warehouse, tmp_path, processes):
    calm = Warehouse(tmp_path / "calm")
    run(calm, 0)
    good = [read_hash(calm.published)]
    readers = start_readers(processes, warehouse.published)
    chance, struck, seconds = random.Random(20), 0, 0.5
    for step in range(1, ROUNDS):
        began = time.monotonic()
        run(calm, step)
        seconds = min(seconds, time.monotonic() - began)
        good.append(read_hash(calm.published))
        process = processes.Process(target=run_in, args=(str(warehouse.folder), step))
        process.start()
        time.sleep(chance.uniform(0, 1.2 * seconds))
        process.kill()
        process.join()
        struck += process.exitcode == -signal.SIGKILL
        assert process.exitcode in (0, -signal.SIGKILL)
        assert read_hash(warehouse.published) in good[-2:]
        run(warehouse, step)
        assert read_hash(warehouse.published) == good[-1]
        assert leftovers(warehouse) == []
        if struck == KILLS:
            break
    looping, holding = readers.end()
    assert struck == KILLS
    assert set(looping) <= set(good)
    assert [good.index(met) for met in looping] == sorted(good.index(met) for met in looping)
    assert len(set(looping)) > KILLS / 2
    assert set(holding) == {good[0]}


def leftovers(warehouse: Warehouse) -> list[str]:
    """What a run that ended well has no use for."""
    kept = {"staging.duckdb", "build.duckdb", "fingerprint"}
    private = [path.name for path in warehouse.private.folder.iterdir() if path.name not in kept]
    parts = [path.name for path in warehouse.folder.rglob("*.part")]
    links = [path.name for path in warehouse.folder.glob(".*.link")]
    return private + parts + links


def test_leftovers_of_a_kill_are_gone_after_the_next_run(warehouse):
    spilled = warehouse.private.folder / "spill" / "duckdb_temp_storage-0.tmp"
    spilled.parent.mkdir(exist_ok=True)
    generation = warehouse.releases / ".20250101T000000000000Z.part"
    generation.mkdir()
    for path in (spilled, warehouse.raw.loose / "1-2.part", generation / "papers.duckdb"):
        path.write_bytes(b"half")
    (warehouse.folder / ".papers.duckdb.link").symlink_to("nowhere")
    run(warehouse, 1)
    assert leftovers(warehouse) == []


def test_a_run_without_news_publishes_no_new_generation(warehouse):
    before = warehouse.published.resolve()
    assert run(warehouse, 0) is None
    assert warehouse.published.resolve() == before


def test_the_last_generations_are_kept_and_nobody_can_write_them(warehouse):
    for step in range(1, RELEASES + 3):
        assert run(warehouse, step) is not None
    there = sorted(warehouse.releases.iterdir())
    assert len(there) == RELEASES
    assert warehouse.published.resolve() == there[-1] / "papers.duckdb"
    assert {path.stat().st_mode & 0o222 for path in warehouse.releases.glob("*/papers.duckdb")} == {0}


def test_a_generation_that_was_removed_by_hand_is_published_again(warehouse):
    warehouse.published.resolve().unlink()
    assert run(warehouse, 0) is not None
    assert read_hash(warehouse.published)


def test_an_open_reader_keeps_what_it_has_and_a_new_one_sees_the_new(warehouse):
    with duckdb.connect(str(warehouse.published), read_only=True) as early:
        before = content_hash(early)
        run(warehouse, 1)
        assert content_hash(early) == before
        assert read_hash(warehouse.published) != before


def test_the_published_file_has_a_storage_version_that_older_readers_know(warehouse):
    with warehouse.published.open("rb") as file:
        header = file.read(20)
    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") <= 67  # of DuckDB 1.4


def hold_until_told(folder: str, held: Any) -> None:
    with lock.hold(Path(folder), "a backfill"):
        held.set()
        time.sleep(60)


def test_a_second_writer_is_told_who_writes_and_a_kill_lets_it_in(tmp_path, processes):
    held = processes.Event()
    holder = processes.Process(target=hold_until_told, args=(str(tmp_path), held))
    holder.start()
    assert held.wait(30)
    told: list[str] = []
    naming = rf"process {holder.pid} \(a backfill, since .*\)"
    with (
        pytest.raises(WarehouseError, match=naming),
        lock.hold(tmp_path, "me", wait_seconds=0, report_waiting=told.append),
    ):
        pass
    assert len(told) == 1
    assert lock.find_holder(tmp_path) == told[0]
    holder.kill()
    holder.join()
    assert lock.find_holder(tmp_path) is None
    with lock.hold(tmp_path, "me", wait_seconds=0):
        assert f"process {os.getpid()} (me" in (lock.find_holder(tmp_path) or "")


OPEN_FOR_WRITING = """
import sys, duckdb
try:
    duckdb.connect(sys.argv[1])
except duckdb.IOException as error:
    sys.exit("Could not set lock" in str(error) and 3)
"""


def test_private_files_stay_locked_for_the_rest_of_a_run_that_has_published(tmp_path: Path):
    with Warehouse(tmp_path / "warehouse").open() as warehouse:
        warehouse.raw.store(*answers(1))
        warehouse.refresh()
        assert warehouse.publish()
        warehouse.preview()
        command = [sys.executable, "-c", OPEN_FOR_WRITING, str(warehouse.private.build)]
        assert subprocess.run(command, check=False).returncode == 3
