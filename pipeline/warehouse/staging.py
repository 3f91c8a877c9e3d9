"""Load raw files into the staging tables: each exchange once, in any order, however often it is loaded.

What cannot be read or stored is put aside with the reason, in staging.put_aside, and the rest is loaded.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import polars as pl
from duckdb import DuckDBPyConnection

from pipeline.core.errors import RawError
from pipeline.warehouse.intake.aside import note, put_aside, put_rows_aside
from pipeline.warehouse.intake.days import PAGE_KEY, leave_out_pages, subject_of
from pipeline.warehouse.intake.frames import Frames, merge
from pipeline.warehouse.intake.insert import UNSTORABLE, insert, roll_back, sift
from pipeline.warehouse.intake.reader import READER, have_content, read_apart
from pipeline.warehouse.raw import Raw, identify

log = logging.getLogger(__name__)

BATCH_BYTES = 64 * 1024 * 1024  # bodies parsed at a time, so that a rebuild of years needs little memory
# A response from before or after these was stamped by a wrong clock. They are fixed, since bounds that move with the
# day would make the star of a rebuild another than that of a run.
EARLIEST, LATEST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@dataclass
class Loaded:
    """What one call loaded: the number of files, and the files that could not be read."""

    files: int = 0
    unreadable: list[str] = field(default_factory=list[str])


def load_raw(connection: DuckDBPyConnection, raw: Raw) -> Loaded:
    """Load every raw file that is not in staging yet; files that cannot be read are skipped and named."""
    loaded = Loaded()
    known = {row[0] for row in connection.execute("select file from staging.raw_file").fetchall()}
    for batch in batches(raw, known, loaded):
        names = [name for name, _ in batch]
        load_exchanges(connection, pl.concat([frame for _, frame in batch]), names)
        loaded.files += len(names)
    return loaded


def batches(raw: Raw, known: set[str], loaded: Loaded) -> Iterator[list[tuple[str, pl.DataFrame]]]:
    """Group new files, oldest first, by the size of their bodies; at least one file per group."""
    batch: list[tuple[str, pl.DataFrame]] = []
    size = 0
    for path in raw.files():
        if path.name in known:
            continue
        try:
            frame = raw.read(path)
        except RawError as error:
            log.error("%s", error)
            loaded.unreadable.append(path.name)
            continue
        if have_content(frame):
            READER.start()  # it is ready when the batch is read
        batch.append((path.name, frame))
        size += int(frame["body"].bin.size().sum() or 0)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def load_exchanges(connection: DuckDBPyConnection, exchanges: pl.DataFrame, files: Iterable[str]) -> None:
    """Load exchanges that are new, and record the files as loaded, in one transaction."""
    fresh = leave_out_known(connection, identify(exchanges).unique("exchange_id", maintain_order=True))
    timely = fresh.filter(pl.col("fetched_at").is_between(EARLIEST, LATEST, closed="left"))
    frames = merge(
        [
            {"exchange": timely.with_columns(size_bytes=pl.col("body").bin.size()).drop("body")},
            read_or_put_aside(timely),
            *(note_time(row) for row in fresh.join(timely, on="exchange_id", how="anti").iter_rows(named=True)),
            {"raw_file": pl.DataFrame({"file": list(files)}, schema={"file": pl.String})},
        ]
    )
    store(connection, leave_out_stored(connection, frames))


def leave_out_known(connection: DuckDBPyConnection, exchanges: pl.DataFrame) -> pl.DataFrame:
    known = "select exchange_id from staging.exchange union select exchange_id from staging.put_aside"
    ids = pl.DataFrame(connection.sql(known))
    return exchanges.join(ids, on="exchange_id", how="anti", maintain_order="left")


def read_or_put_aside(exchanges: pl.DataFrame) -> Frames:
    """Return what responses say; those that cannot be read have failed, with the reason."""
    found, unread = read_apart(exchanges)
    culprits = exchanges.filter(pl.col("exchange_id").is_in(list(unread)))
    aside = [put_aside(row, unread[row["exchange_id"]]) for row in culprits.iter_rows(named=True)]
    return merge([found, *aside])


def note_time(row: dict[str, Any]) -> Frames:
    """Put aside a response of a time that cannot be true; nothing else is kept of it, so it can be asked for again."""
    reason = f"its time is {row['fetched_at']}: a clock was wrong"
    return note(row["exchange_id"], "response", subject_of(row), reason)


def leave_out_stored(connection: DuckDBPyConnection, frames: Frames) -> Frames:
    """Leave out the rows of pages that are stored already: the same bytes came again. Of new ones, the first counts."""
    if "page" not in frames:
        return frames
    stored = pl.DataFrame(connection.sql("select document_id, listing_date, sha256 from staging.page"))
    fresh = leave_out_pages(frames, stored)
    return fresh | {"page": fresh["page"].unique(PAGE_KEY, keep="first", maintain_order=True)}


def store(connection: DuckDBPyConnection, frames: Frames) -> None:
    """Insert frames in one transaction; rows that SQL refuses are put aside."""
    try:
        insert_all(connection, frames)
    except UNSTORABLE as error:
        log.warning("some rows cannot be stored: %s", error)
        refused = {table: sift(connection, f"staging.{table}", frame) for table, frame in frames.items()}
        insert_all(connection, put_rows_aside(frames, {table: places for table, places in refused.items() if places}))


def insert_all(connection: DuckDBPyConnection, frames: Frames) -> None:
    connection.execute("begin")
    try:
        for table, frame in frames.items():
            insert(connection, f"staging.{table}", frame)
        connection.execute("commit")
    except BaseException:
        roll_back(connection)
        raise
