"""The lake against one machine: `make bench-lake`, in the environment of `make lake`, with its services on loopback."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from bench.synthetic import fill
from bench.timing import table
from pipeline.core.settings import read_settings
from pipeline.lake.catalog import connect_lake, find_tagged
from pipeline.lake.warehouse import LakeWarehouse, open_warehouse
from pipeline.read import query
from pipeline.warehouse.folder import Warehouse

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "lake"))
from backends import find_initdb, make_place, serve_postgres, serve_store

SIZES = [int(times) for times in os.environ.get("BENCH_TIMES", "1 10 100").split()]
WORKERS = (1, 2, 4)
PHASES = ("take", "load", "ask", "publish")
NAMES = {
    "take": "intake",
    "load": "load and checks",
    "ask": "all named questions",
    "publish": "publish",
}
Costs = dict[str, tuple[float, float]]  # by phase: seconds, CPU seconds of our processes


def measure() -> str:
    initdb = find_initdb()
    if initdb is None:
        sys.exit("no PostgreSQL here (on Debian: apt-get install postgresql)")
    with serve_postgres(initdb) as postgres, serve_store() as endpoint:
        parts = [measure_size(times, partial(make_place, postgres, endpoint)) for times in SIZES]
    return (
        "Invented archives; one machine against a lake on a PostgreSQL and a stand-in for S3 of the same machine, which "
        "is written in Python and takes a core for itself. Each phase is a process of its own, on the lake with a folder "
        "of its own; intake by several workers at once, who share nothing but the services. Seconds by the clock, and CPU "
        "seconds of our processes alone.\n\n" + "\n\n".join(parts)
    )


def measure_size(times: int, place: Callable[[str], Mapping[str, str]]) -> str:
    with tempfile.TemporaryDirectory() as name:
        alone = Path(name) / "alone"
        raw = Warehouse(alone).raw
        listings, files = fill(raw, times), len(raw.files())
        found = {"one machine": {phase: together(1, phase, {"WAREHOUSE_DIR": str(alone)}) for phase in PHASES}}
        for workers in WORKERS:
            lake = {**place(f"x{times}-by-{workers}"), "WAREHOUSE_DIR": str(Path(name) / f"by{workers}")}
            send(alone, lake)
            costs = {"take": together(workers, "take", lake)}
            if workers == WORKERS[0]:  # the rest is one process however many took it in
                costs |= {phase: together(1, phase, lake) for phase in PHASES[1:]}
            found[f"lake, {workers} worker{'s' * (workers > 1)}"] = costs
    rows = [(NAMES[phase], *(describe(costs.get(phase)) for costs in found.values())) for phase in PHASES]
    return f"{listings:,} listings in {files:,} raw files:\n\n" + table(("s (CPU s)", *found), rows)


def describe(cost: tuple[float, float] | None) -> str:
    return "" if cost is None else f"{cost[0]:.1f} ({cost[1]:.1f})"


def together(workers: int, phase: str, settings: Mapping[str, str]) -> tuple[float, float]:
    """Return the seconds until the last of some processes has ended, and the CPU seconds of all."""
    began = time.perf_counter()
    processes = [start(phase, settings, number) for number in range(workers)]
    spent = 0.0
    for process in processes:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{phase} ended with {process.returncode}")
        spent += usage.ru_utime + usage.ru_stime
    return time.perf_counter() - began, spent


def start(phase: str, settings: Mapping[str, str], number: int) -> subprocess.Popen[bytes]:
    folder = settings["WAREHOUSE_DIR"] + (str(number) if "WAREHOUSE_CATALOG" in settings else "")
    environment = {**os.environ, **settings, "WAREHOUSE_DIR": folder}
    return subprocess.Popen([sys.executable, "-m", "bench.lake", phase], env=environment, stdout=subprocess.DEVNULL)


def send(alone: Path, settings: Mapping[str, str]) -> None:
    """Put the raw files of a folder into the store, each as an object."""
    os.environ.update(settings)
    into = open_warehouse(read_settings(settings)).raw
    raw = Warehouse(alone).raw
    for path in raw.files():
        frame = raw.read(path)
        first = frame["fetched_at"].min()
        assert isinstance(first, datetime)
        into.write(frame, first)


def work(phase: str) -> None:
    warehouse = open_warehouse(read_settings())
    if phase == "take":
        warehouse.load_raw()
    elif phase == "load":
        warehouse.refresh()
        if not isinstance(warehouse, LakeWarehouse):  # whose load has the checks in it
            warehouse.raise_if_broken()
    elif phase == "ask":
        ask_all(warehouse)
    else:
        warehouse.publish()


def ask_all(warehouse: Warehouse) -> None:
    """Ask each named question of the star: of the newest tagged version of a lake."""
    if isinstance(warehouse, LakeWarehouse):
        spill = warehouse.private.folder / "spill"
        with connect_lake(warehouse.catalog, warehouse.store.url, spill, warehouse.use(find_tagged)) as connection:
            ask(connection)
    else:
        warehouse.use(ask)


def ask(connection: query.Connection) -> None:
    for name in query.questions():
        query.run_query(connection, query.named_query(name) or "", {}).fetchall()


if __name__ == "__main__":
    work(sys.argv[1])
