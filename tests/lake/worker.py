"""A host's work in a process of its own: `python worker.py take|load|crowd|alone|pace …`, with the tests' registry."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from pipeline.core.settings import read_settings
from pipeline.lake import warehouse as lake
from pipeline.lake.pace import pace_of
from pipeline.sources import registry
from pipeline.sources.source import GitArchive
from pipeline.warehouse import staging

# The registry of tests/conftest.py, with which the results are compared.
registry.SOURCES = tuple(
    replace(source, place=GitArchive(), last_date=None)
    for source in registry.OURS
    if source.source_id in os.environ["SOURCES"].split(",")
)

Hold = Callable[..., AbstractContextManager[lake.Session]]


def meet(folder: Path, number: int, seconds: float) -> None:
    """Wait until so many processes are here, or for so long."""
    (folder / f"{time.time_ns()}").touch()
    for _ in range(int(seconds * 20)):
        if len(list(folder.iterdir())) >= number:
            return
        time.sleep(0.05)


def crowd(folder: Path, name: str) -> None:
    """Take one raw file in, and meet three others between the look at what is stored and the commit, if they come."""
    insert_all = staging.insert_all

    def meet_and_insert(*given: object) -> None:
        meet(folder, 4, 2)
        insert_all(*given)  # pyright: ignore[reportArgumentType]

    staging.insert_all = meet_and_insert
    found = lake.open_warehouse(read_settings())
    assert isinstance(found, lake.LakeWarehouse)
    found.use(lambda connection: found._take_some(connection, [Path(name)]))


def take_no_group(hold: Hold) -> Hold:
    """Return what takes all locks but those of groups of raw files."""

    def hold_others(self: lake.Locks, *names: str, shared: str | None = None) -> AbstractContextManager[lake.Session]:
        return hold(self, *(() if shared else names), shared=shared)

    return hold_others


def ask_at_a_pace(times: int) -> None:
    turns = pace_of(read_settings())
    assert turns
    for _ in range(times):
        with turns("export.arxiv.org", 0.5).turn():
            print(f"{time.monotonic():.3f}", flush=True)


def main(what: str, *arguments: str) -> None:
    if what == "pace":
        ask_at_a_pace(int(arguments[0]))
    elif what == "crowd":
        crowd(Path(arguments[0]), arguments[1])
    elif what == "crowd-without-lock":
        lake.Locks.hold = take_no_group(lake.Locks.hold)  # pyright: ignore[reportAttributeAccessIssue]
        crowd(Path(arguments[0]), arguments[1])
    else:
        found = lake.open_warehouse(read_settings())
        found.load_raw() if what == "take" else found.refresh()


if __name__ == "__main__":
    main(*sys.argv[1:])
