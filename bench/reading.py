"""Readers: queries a second while a backfill publishes again and again, and whether any of them is refused."""

import multiprocessing
import tempfile
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.context import SpawnContext
from pathlib import Path
from typing import Any

import duckdb

from bench.synthetic import DAYS_OF_ONE, Synthetic, answer_pages, fill
from bench.timing import table
from pipeline.warehouse.folder import Warehouse

SECONDS = 20.0
QUERY = """
    select task_name, count(*), sum(weight)
    from fct_listing join bridge_listing_task using (listing_key) join dim_task using (task_key)
    group by all
    order by all
"""


def measure() -> str:
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warehouse = Warehouse(folder)
        fill(warehouse.raw, 1)
        warehouse.refresh()
        warehouse.publish()
        calm = read_for(context, folder, None)
        busy = read_for(context, folder, write_days)
    rows = [
        (kind, f"{calm[kind][0] / SECONDS:.0f}", f"{busy[kind][0] / SECONDS:.0f}", calm[kind][1] + busy[kind][1])
        for kind in ("opens the file for every query", "keeps one connection")
    ]
    return (
        f"Two processes that ask the published file for tasks over all listings ({DAYS_OF_ONE * 2} pages), for "
        f"{SECONDS:.0f} seconds without a writer, and as long beside one that loads a day and publishes, "
        f"{busy['published'][0]} times.\n\n"
        + table(("a reader that", "queries/s, no writer", "queries/s, beside the writer", "refused"), rows)
        + f"\n\nThe reader that opens anew saw {busy['opens the file for every query'][2]} different generations, the one "
        "that keeps its connection the one it had."
    )


def read_for(context: SpawnContext, folder: Path, writer: Any) -> dict[str, tuple[int, int, int]]:
    """Return by process what it did: queries or publishes, refusals, and how many different answers it got."""
    found = context.SimpleQueue()
    path = str(folder / "papers.duckdb")
    processes = [
        context.Process(target=read_anew, args=(path, found)),
        context.Process(target=read_on, args=(path, found)),
    ]
    if writer:
        processes.append(context.Process(target=writer, args=(str(folder), found)))
    for process in processes:
        process.start()
    results = dict(found.get() for _ in processes)
    for process in processes:
        process.join()
    return results


def read_anew(path: str, found: Any) -> None:
    end, done, refused, answers = time.monotonic() + SECONDS, 0, 0, set[str]()
    while time.monotonic() < end:
        try:
            with duckdb.connect(path, read_only=True) as connection:
                answers.add(str(connection.execute(QUERY).fetchall()))
            done += 1
        except duckdb.Error:
            refused += 1
    found.put(("opens the file for every query", (done, refused, len(answers))))


def read_on(path: str, found: Any) -> None:
    end, done, refused, answers = time.monotonic() + SECONDS, 0, 0, set[str]()
    with duckdb.connect(path, read_only=True) as connection:
        while time.monotonic() < end:
            try:
                answers.add(str(connection.execute(QUERY).fetchall()))
                done += 1
            except duckdb.Error:
                refused += 1
    found.put(("keeps one connection", (done, refused, len(answers))))


def write_days(folder: str, found: Any) -> None:
    warehouse, end, published = Warehouse(Path(folder)), time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        published += 1
        _, listed = next(Synthetic(published, 70_000 + 100 * published).days(1))
        day = datetime.now(UTC).date() - timedelta(days=900 + published)
        warehouse.raw.store(*answer_pages(day, listed))
        warehouse.refresh()
        warehouse.publish()
    found.put(("published", (published, 0, 0)))
