"""What readers open: immutable generations of the star, and a symlink to the newest that is replaced in one step.

published/<time>/papers.duckdb   read-only copies of the private file, the last few of them
papers.duckdb                    leads to the newest; DuckDB follows it before it opens, so that a reader keeps its file
"""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from pipeline.core.errors import WarehouseError
from pipeline.warehouse.raw import flush

KEPT = 3
NAME = "papers.duckdb"


def publish(build: Path, folder: Path) -> Path | None:
    """Copy the private file into a generation of its own and make it the one that readers find; None if they have it.

    Raises WarehouseError where it cannot be written; readers keep what they have.
    """
    try:
        return replace_published(build, folder)
    except OSError as error:
        sweep(folder)
        raise WarehouseError(
            f"{folder / 'published'}: nothing was published ({error.strerror}); make room or give the right to write, "
            "and run again"
        ) from error


def replace_published(build: Path, folder: Path) -> Path | None:
    sweep(folder)
    published, built = folder / NAME, build.stat()
    if published.exists() and is_copy(published.resolve(), built):
        return None
    generation = folder / "published" / f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    part = generation.with_name(f".{generation.name}.part")
    part.mkdir(parents=True)
    shutil.copyfile(build, part / NAME)
    os.utime(part / NAME, ns=(built.st_atime_ns, built.st_mtime_ns))
    (part / NAME).chmod(0o444)
    flush(part / NAME)
    flush(part)
    part.rename(generation)
    flush(generation.parent)
    point_to(generation / NAME, folder)
    prune(folder)
    return generation / NAME


def is_copy(published: Path, built: os.stat_result) -> bool:
    """Whether a published file is of the private file as it is now; the clock may have been set back in between."""
    found = published.stat()
    return (found.st_mtime_ns, found.st_size) == (built.st_mtime_ns, built.st_size)


def point_to(file: Path, folder: Path) -> None:
    """Make the published name lead to a generation, by renaming a new symlink over the old one."""
    link = folder / f".{NAME}.link"
    link.unlink(missing_ok=True)
    link.symlink_to(file.relative_to(folder))
    link.replace(folder / NAME)
    flush(folder)


def prune(folder: Path) -> None:
    """Keep the newest generations, always the published one; a reader of an older one keeps its open file."""
    current = (folder / NAME).resolve().parent
    old = sorted(path for path in (folder / "published").glob("2*") if path != current)
    for path in old[: -(KEPT - 1)]:
        shutil.rmtree(path, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove what a kill left half-written."""
    for part in (folder / "published").glob(".*.part"):
        shutil.rmtree(part, ignore_errors=True)
