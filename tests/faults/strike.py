"""Run `papers` in a process of its own, which kills itself, without a chance to tidy up, at a named station of the run.

The stations change functions of that process only: the product knows nothing of them.
"""

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import cli
from pipeline.core import sql_files
from pipeline.warehouse import publish, staging
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.raw import Raw


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: Any, name: str, is_here: Callable[..., bool] = lambda *_, **__: True) -> None:
    """Die where a function is called with arguments that fit."""
    real = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        if is_here(*arguments, **named):
            die()
        return real(*arguments, **named)

    setattr(owner, name, wrapped)


def halfway(owner: Any, name: str, file_of: Callable[..., Path]) -> None:
    """Die where a function has written a file by half."""
    real = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> None:
        real(*arguments, **named)
        path = file_of(*arguments, **named)
        os.truncate(path, path.stat().st_size // 2)
        die()

    setattr(owner, name, wrapped)


def nth(count: int, is_here: Callable[..., bool]) -> Callable[..., bool]:
    left = [count]

    def wrapped(*arguments: Any, **named: Any) -> bool:
        left[0] -= is_here(*arguments, **named)
        return left[0] == 0

    return wrapped


def asks_for(*wanted: str) -> Callable[..., bool]:
    return lambda *arguments: arguments == wanted


STATIONS: dict[str, Callable[[], None]] = {
    "first raw file half written": lambda: halfway(pl.DataFrame, "write_parquet", lambda frame, file, **_: Path(file)),
    "between raw and staging": lambda: before(
        staging, "load_exchanges", nth(1, lambda connection, exchanges, *_: exchanges.height > 1)
    ),
    "staging half taken in": lambda: before(staging, "insert", lambda _, table, frame: table == "staging.document"),
    "papers answered, repositories not asked": lambda: before(staging, "store", nth(3, lambda *_: True)),
    "slice half loaded": lambda: before(sql_files, "read_sql", asks_for("load", "fct_listing")),
    "star loaded, nothing checked": lambda: before(Warehouse, "check"),
    "between checks and replace": lambda: before(Warehouse, "publish"),
    "raw bundled, manifest without it": lambda: before(Raw, "list_segment"),
    "raw bundled, loose files still there": lambda: before(
        Path, "unlink", lambda path, **_: path.parent.name == "loose" and path.suffix == ".parquet"
    ),
    "new generation half copied": lambda: halfway(shutil, "copyfile", lambda _, target: Path(target)),
    "new generation there, link not": lambda: before(publish, "point_to"),
    "in the replace": lambda: before(Path, "replace", lambda path, _: path.name == ".papers.duckdb.link"),
    "replaced, old generations not cleared away": lambda: before(publish, "prune"),
}


def papers(
    arguments: Sequence[str], station: str | None, environment: Mapping[str, str], folder: Path, output: Path
) -> None:
    """Be `papers` as a shell would start it, in this folder and environment, with what it prints in a file."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    time.sleep = lambda seconds, real=time.sleep: real(min(float(seconds), 0.2))
    if station:
        STATIONS[station]()
    sys.argv = ["papers", *arguments]
    cli.main()
