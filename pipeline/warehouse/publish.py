"""Publish the star: immutable releases, and a symlink to the newest that is replaced atomically.

published/<time>/papers.duckdb   read-only copies of the private file, the last few
papers.duckdb                    symlink to the newest, resolved by DuckDB at opening: open readers keep their file
"""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from pipeline.core.errors import WarehouseError
from pipeline.warehouse.build import quoted
from pipeline.warehouse.raw import flush

RELEASES = 3  # kept on disk
NAME = "papers.duckdb"


def publish(build: Path, folder: Path) -> Path | None:
    """Copy the private file into a new release, point the symlink to it, and return it; None if nothing changed.

    Raises WarehouseError if it cannot be written; the current release stays.
    """
    try:
        return replace_published(build, folder)
    except OSError as error:
        sweep(folder)
        raise WarehouseError(
            f"{folder / 'published'}: nothing was published ({error.strerror}); "
            "make room or grant write permission, and run again"
        ) from error


def replace_published(build: Path, folder: Path) -> Path | None:
    sweep(folder)
    published, built = folder / NAME, build.stat()
    if published.exists() and is_copy(published.resolve(), built):
        return None
    release = folder / "published" / f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    part = release.with_name(f".{release.name}.part")
    part.mkdir(parents=True)
    shutil.copyfile(build, part / NAME)
    os.utime(part / NAME, ns=(built.st_atime_ns, built.st_mtime_ns))
    (part / NAME).chmod(0o444)
    flush(part / NAME)
    flush(part)
    part.rename(release)
    flush(release.parent)
    point_to(release / NAME, folder)
    prune(folder)
    return release / NAME


def is_copy(published: Path, built: os.stat_result) -> bool:
    """Whether the published file is a copy of the current private file. Times are equal, as the clock can jump back."""
    found = published.stat()
    return (found.st_mtime_ns, found.st_size) == (built.st_mtime_ns, built.st_size)


def holds_days(published: Path) -> bool:
    """Whether a published file says anything of any day. So may one that cannot be read, such as a link to nowhere."""
    try:
        with duckdb.connect() as connection:
            connection.execute(f"attach '{quoted(published)}' as published (read_only)")
            return connection.execute("from published.fct_source_day limit 1").fetchone() is not None
    except duckdb.Error:
        return True


def point_to(file: Path, folder: Path) -> None:
    """Point the published name to a release, by renaming a new symlink over the old one."""
    link = folder / f".{NAME}.link"
    link.unlink(missing_ok=True)
    link.symlink_to(file.relative_to(folder))
    link.replace(folder / NAME)
    flush(folder)


def prune(folder: Path) -> None:
    """Remove all but the newest releases and the published one. Readers of a removed release keep their open file."""
    current = (folder / NAME).resolve().parent
    old = sorted(path for path in (folder / "published").glob("2*") if path != current)
    for path in old[: -(RELEASES - 1)]:
        shutil.rmtree(path, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove partial releases left by a killed run."""
    for part in (folder / "published").glob(".*.part"):
        shutil.rmtree(part, ignore_errors=True)
