"""A host whose clock is years off, beside one that is right: from the first page to the publish."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hosts import Lake, fingerprints, finish, papers

from pipeline.standin import Standin
from pipeline.standin.arxiv import PATH
from pipeline.warehouse.folder import Warehouse

SOURCE = Path(__file__).with_name("clock.c")
HALVES = (("2025-02-24", "2025-03-08"), ("2025-03-09", "2025-03-21"))
ONCE = {"staging.exchange": "exchange_id", "fct_listing": "listing_key", "dim_paper": "paper_key"}


@pytest.fixture(scope="session")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What moves the clock of a process: of Python, DuckDB and the client of the store alike."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler here (on Debian: apt-get install gcc)")
    library = tmp_path_factory.mktemp("clock") / "clock.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE)], check=True)
    return library


@pytest.mark.parametrize("days", [-500, 1200])
def test_a_host_with_a_wrong_clock_loses_nothing_and_doubles_nothing(days: int, lake: Lake, moved: Path) -> None:
    right, wrong = lake.host(), lake.host()
    wrong |= {"LD_PRELOAD": str(moved), "CLOCK_OFFSET": str(days * 86_400)}
    with Standin() as standin:
        standin.allow(5000, "anonymous")
        others = {**standin.environment, "ARXIV_INTERVAL_SECONDS": "3", "GITHUB_TOKEN": ""}
        running = [
            papers({**host, **others}, "backfill", "--from", first, "--to", last)
            for host, (first, last) in zip((wrong, right), HALVES, strict=True)
        ]
        for each in running:
            finish(each)
        asked = [request.at for request in standin.asked(PATH)]
        finish(papers({**right, **others}, "backfill", "--missing", "--from", HALVES[0][0], "--to", HALVES[1][1]))
    assert len(asked) >= 2 and min((after - before).total_seconds() for before, after in pairwise(asked)) >= 3
    warehouse = lake.warehouse()
    assert warehouse.publish() is None  # the one that was published last has it all
    frames = [warehouse.raw.read(path) for path in warehouse.raw.files()]
    off = [abs(at - datetime.now(UTC)) > timedelta(days=1) for frame in frames for at in frame["fetched_at"]]
    assert any(off) and not all(off)  # as the clocks were
    assert star_of(warehouse.published) == star_of_one_machine(lake, frames)
    for table, key in ONCE.items():
        assert lake.ask(f"select {key} from {table} group by all having count(*) > 1") == [], table
    assert lake.ask("select count(*) from fct_listing") == [(196,)]
    assert lake.ask("select count(*) from dim_paper where status = 'pending'") == [(0,)]


def star_of_one_machine(lake: Lake, frames: list[pl.DataFrame]) -> dict[str, Any]:
    """The star of one machine that has the same answers, each with the time at which it was noted."""
    alone = {name: text for name, text in lake.host().items() if name not in ("WAREHOUSE_CATALOG", "WAREHOUSE_STORAGE")}
    warehouse = Warehouse(Path(alone["WAREHOUSE_DIR"]))
    for frame in frames:
        warehouse.raw.write(frame, frame["fetched_at"].min())  # pyright: ignore[reportArgumentType]
    finish(papers(alone, "rebuild"))
    return star_of(warehouse.published)


def star_of(file: Path) -> dict[str, Any]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return fingerprints(connection)
