"""Load raw files into the staging tables: each exchange once, in any order, however often it is loaded.

What cannot be read or stored is put aside with the reason, in staging.put_aside, and the rest is loaded.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from duckdb import DuckDBPyConnection

from pipeline.core.errors import RawError
from pipeline.warehouse.intake.aside import note, put_aside, put_rows_aside
from pipeline.warehouse.intake.days import PAGE_KEY, STORED_PAGE_TABLES, leave_out_pages, subject_of
from pipeline.warehouse.intake.frames import Frames, merge
from pipeline.warehouse.intake.insert import UNSTORABLE, Capsule, insert, roll_back, sift
from pipeline.warehouse.intake.reader import READER, have_content, read_apart
from pipeline.warehouse.raw import Raw, identify

log = logging.getLogger(__name__)

BATCH_BYTES = 64 * 1024 * 1024  # bodies parsed at a time, so that a rebuild of years needs little memory
# A response from before or after these was stamped by a wrong clock. They are fixed, since bounds that move with the
# day would make the star of a rebuild another than that of a run.
EARLIEST, LATEST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
MOMENT = ["fetched_at", "exchange_id"]  # of a response


@dataclass
class Loaded:
    """What one call loaded: the number of files, and the files that could not be read."""

    files: int = 0
    unreadable: list[str] = field(default_factory=list[str])


def is_ours() -> None:
    """Raise nothing: the time of a single writer is never over."""


@dataclass(frozen=True)
class Turn:
    """A time in which nobody else stores what some exchanges say."""

    taken: Collection[str] = ()  # files that somebody else has loaded meanwhile
    confirm: Callable[[], None] = is_ours  # raises WarehouseError if the time is over


Alone = Callable[[pl.DataFrame], AbstractContextManager[Turn]]


def by_itself(exchanges: pl.DataFrame) -> AbstractContextManager[Turn]:
    """Return the turn of a single writer: nobody else stores anything."""
    return nullcontext(Turn())


def load_raw(
    connection: DuckDBPyConnection, raw: Raw, files: Sequence[Path] | None = None, alone: Alone = by_itself
) -> Loaded:
    """Load every raw file that is not in staging yet; files that cannot be read are skipped and named.

    `files`: only these. `alone`: gives the turn, from before a look at what is stored to the commit.
    """
    loaded = Loaded()
    known = {row[0] for row in connection.execute("select file from staging.raw_file").fetchall()}
    for batch in batches(raw, raw.files() if files is None else files, known, loaded):
        names = [name for name, _ in batch]
        exchanges = pl.concat([frame for _, frame in batch])
        with alone(exchanges) as turn:
            left = [name for name in names if name not in turn.taken]
            load_exchanges(connection, exchanges, left, turn.confirm)
        loaded.files += len(names)
    return loaded


def batches(
    raw: Raw, files: Sequence[Path], known: set[str], loaded: Loaded
) -> Iterator[list[tuple[str, pl.DataFrame]]]:
    """Group new files, oldest first, by the size of their bodies; at least one file per group."""
    batch: list[tuple[str, pl.DataFrame]] = []
    size = 0
    for path in files:
        if path.name in known:
            continue
        try:
            frame = raw.read(path)
        except RawError as error:
            log.warning("%s", error)  # damage.py has the verdict
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


def load_exchanges(
    connection: DuckDBPyConnection,
    exchanges: pl.DataFrame,
    files: Iterable[str],
    confirm: Callable[[], None] = is_ours,
) -> None:
    """Load exchanges that are new, and record the files as loaded, in one transaction.

    `confirm`: is called before the commit, and raises if there must be none.
    """
    fresh = leave_out_known(connection, identify(exchanges).unique("exchange_id", maintain_order=True))
    timely = fresh.filter(pl.col("fetched_at").is_between(EARLIEST, LATEST, closed="left")).sort(MOMENT)
    frames = merge(
        [
            {"exchange": timely.with_columns(size_bytes=pl.col("body").bin.size()).drop("body")},
            read_or_put_aside(timely),
            *(note_time(row) for row in fresh.join(timely, on="exchange_id", how="anti").iter_rows(named=True)),
            {"raw_file": pl.DataFrame({"file": list(files)}, schema={"file": pl.String})},
        ]
    )
    store(connection, frames, confirm)


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


def leave_out_stored(connection: DuckDBPyConnection, frames: Frames) -> tuple[Frames, pl.DataFrame]:
    """Leave out the rows of pages that are stored already; also return the pages (PAGE_KEY) whose stored rows must go.

    A page has the rows of the oldest response that shows it, whichever came first: bodies of one identity may differ.
    """
    if "page" not in frames:
        return frames, pl.DataFrame(schema=dict.fromkeys(PAGE_KEY, pl.Null))
    with_rows = frames["document"].join(frames["page"], on=PAGE_KEY, how="semi")  # known bytes come without their body
    oldest = find_oldest(connection, with_rows)
    fresh = leave_out_pages(frames, oldest.filter("is_stored"))
    pages = fresh["page"].unique(PAGE_KEY, keep="first", maintain_order=True)
    return fresh | {"page": pages}, oldest.filter(~pl.col("is_stored")).select(PAGE_KEY)


def find_oldest(connection: DuckDBPyConnection, documents: pl.DataFrame) -> pl.DataFrame:
    """Return the stored pages (PAGE_KEY), and whether the oldest response that shows each is stored or in DOCUMENTS."""
    query = "from staging.document semi join staging.page using (document_id, listing_date, sha256)"
    stored = pl.DataFrame(connection.sql(query))
    stored = stored.with_columns(pl.col("fetched_at").dt.replace_time_zone("UTC"))
    shown = [
        frame.select(*PAGE_KEY, *MOMENT, is_stored=is_stored)
        for frame, is_stored in ((stored, True), (documents, False))
    ]
    met = pl.concat(shown).filter(pl.col("is_stored").any().over(PAGE_KEY))
    return met.sort(MOMENT).unique(PAGE_KEY, keep="first", maintain_order=True)


def store(connection: DuckDBPyConnection, frames: Frames, confirm: Callable[[], None] = is_ours) -> None:
    """Insert frames in one transaction, without pages that are stored; rows that SQL refuses are put aside."""
    fresh, outdated = leave_out_stored(connection, frames)
    try:
        insert_all(connection, fresh, outdated, confirm)
    except UNSTORABLE as error:
        log.warning("some rows cannot be stored: %s", error)
        refused = {table: sift(connection, f"staging.{table}", frame) for table, frame in fresh.items()}
        kept = put_rows_aside(fresh, {table: places for table, places in refused.items() if places})
        insert_all(connection, kept, outdated, confirm)


def insert_all(
    connection: DuckDBPyConnection,
    frames: Frames,
    outdated: pl.DataFrame,
    confirm: Callable[[], None] = is_ours,
) -> None:
    """Insert frames, and delete the rows of outdated pages (PAGE_KEY), in one transaction."""
    connection.execute("begin")
    try:
        delete_pages(connection, outdated)
        for table, frame in frames.items():
            insert(connection, f"staging.{table}", frame)
        confirm()
        connection.execute("commit")
    except BaseException:
        roll_back(connection)
        raise


def delete_pages(connection: DuckDBPyConnection, pages: pl.DataFrame) -> None:
    """Delete the rows of pages (PAGE_KEY)."""
    if pages.is_empty():
        return
    connection.register("outdated", Capsule(pages))
    for table in STORED_PAGE_TABLES:
        connection.execute(f"delete from staging.{table} where ({', '.join(PAGE_KEY)}) in (from outdated)")
    connection.unregister("outdated")
