"""The raw files: every response as received, in immutable parquet files.

raw/loose/*.parquet             responses of the current run, one file per call of `store`
raw/segments/YYYY/*.parquet     the same, bundled at the end of a run; a file name ends with the file's sha256
raw/manifest.jsonl              one line per segment: sha256, size, and its exchanges

A row is an Exchange (exchange.EXCHANGE). After a kill, the same row may be in a loose file and in a segment: readers
deduplicate by `exchange_id`.
"""

import hashlib
import json
import logging
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.core.errors import RawError
from pipeline.core.files import new_part, open_plain, read_plain
from pipeline.core.terminal import harmless
from pipeline.http.exchange import EXCHANGE, Exchange, exchanges_frame
from pipeline.sources.pages import promised_blob

log = logging.getLogger(__name__)

Body = tuple[str, str | None, str | None]  # the subject, the body's sha256, the blob that a listing promised


@dataclass(frozen=True)
class Manifest:
    """One line of the manifest: a segment and its exchanges, without bodies."""

    file: str
    sha256: str
    size_bytes: int
    exchanges: list[dict[str, object]]

    @classmethod
    def of(cls, line: dict[str, Any]) -> "Manifest":
        """Return what a line says. Raises KeyError or TypeError if it is no line of ours."""
        entry = cls(line["file"], line["sha256"], line["size_bytes"], line["exchanges"])
        kinds = (str, str, int, list)
        if not all(map(isinstance, (entry.file, entry.sha256, entry.size_bytes, entry.exchanges), kinds)):
            raise TypeError("a value of another type")
        return entry


class Raw:
    """The folder of raw files. One writer at a time (the warehouse lock); readers need no lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loose = folder / "loose"
        self.segments = folder / "segments"
        self.manifest = folder / "manifest.jsonl"

    def store(self, *exchanges: Exchange, known: Collection[Body] = ()) -> None:
        """Write exchanges to one loose file, on disk when this returns; nothing if there are none.

        `known`: bodies that raw/ has already. A known body is not stored again, only its sha256. The promised blob
        is part of what makes it known, since it decides how the body is read.
        """
        if not exchanges:
            return
        frame = exchanges_frame(exchanges)
        bodies = zip(exchanges, frame["sha256"], strict=True)
        is_known = [
            (exchange.asked[0], sha256, promised_blob(exchange.headers)) in known for exchange, sha256 in bodies
        ]
        bare = frame.with_columns(body=pl.when(pl.Series(is_known)).then(None).otherwise("body"))
        self.write(bare, min(exchange.fetched_at for exchange in exchanges))

    def write(self, frame: pl.DataFrame, at: datetime) -> None:
        """Write exchanges (EXCHANGE) to a file, on disk when this returns. `at`: when the first of them came."""
        write_durably(frame, self.loose, at)

    def files(self) -> list[Path]:
        """Every raw file, ordered by the arrival of its first response."""
        found = [*self.loose.glob("*.parquet"), *self.segments.glob("*/*.parquet")]
        return sorted(found, key=lambda path: path.name)

    def read(self, path: Path) -> pl.DataFrame:
        """Return a file's exchanges as EXCHANGE. Raises RawError if it cannot be read, its bytes do not match the
        sha256 in its name, or another version wrote it; FileNotFoundError if it is no longer there, as when a run has
        bundled it.
        """
        content = self.content(path)
        if hashlib.sha256(content).hexdigest()[:32] != path.stem.rpartition("-")[2]:
            raise RawError(
                f"{harmless(str(path))}: its {len(content)} bytes do not match the sha256 in its name (cut short or "
                "altered). Restore the file from a backup, or move it away and run `papers backfill` for its days."
            )
        try:
            return pl.read_parquet(content).match_to_schema(EXCHANGE)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:  # of our bytes, so no damage
            remedy = "written by another version: upgrade, or move it away"
            raise RawError(f"{harmless(str(path))} cannot be read ({remedy})") from error

    def content(self, path: Path) -> bytes:
        """Return a file's bytes. Raises RawError if it cannot be read, FileNotFoundError if it is no longer there."""
        return read_raw(path)

    def may_have_changed(self, path: Path, since: float) -> bool:
        """Whether a file has to be read again to know that it is whole. Raises FileNotFoundError if it is gone.

        `since`: when all were read last, in seconds since 1970.
        """
        return path.lstat().st_ctime >= since

    def segment_names(self) -> set[str]:
        """Return the files that stay for ever, as paths below raw/."""
        return {path.relative_to(self.folder).as_posix() for path in self.segments.glob("*/*.parquet")}

    def missing(self) -> list[str]:
        """Segments that the manifest lists and the folder lacks, oldest first; the manifest if it is no file itself."""
        if self.has_no_manifest():
            return [self.manifest.name]
        return [entry.file for entry in self.entries() if not (self.folder / entry.file).is_file()]

    def has_no_manifest(self) -> bool:
        """Whether something else stands in its place: a pipe, a folder, or a link that leads nowhere."""
        return not self.manifest.is_file() and (self.manifest.is_symlink() or self.manifest.exists())

    def entries(self) -> Iterator[Manifest]:
        """The manifest's lines, oldest first; a line that a kill cut or that is damaged is skipped."""
        if not self.manifest.is_file():
            return
        for line in self.manifest.read_bytes().splitlines():
            try:
                yield Manifest.of(json.loads(line))
            except (ValueError, KeyError, TypeError, RecursionError):
                log.warning("%s: skipping a line that cannot be read: %.80r", self.manifest, line)

    def bundle(self) -> Path | None:
        """Bundle the loose files into one segment and remove them; None if there are none.

        A kill between the two leaves duplicate rows, which readers skip. A loose file that cannot be read stays.
        """
        self.sweep()
        frames, paths = self._read_loose()
        if not frames:
            return None
        whole = (
            pl.concat(frames).unique("exchange_id", keep="first", maintain_order=True).sort("fetched_at", "exchange_id")
        )
        first: datetime = whole.item(0, "fetched_at")
        segment = write_durably(whole.drop("exchange_id"), self.segments / f"{first:%Y}", first)
        self.list_segment(segment, whole)
        for path in paths:
            path.unlink(missing_ok=True)
        return segment

    def sweep(self) -> None:
        """Remove partial files left by a killed run. The caller must hold the warehouse lock."""
        for leftover in self.folder.rglob("*.part"):
            leftover.unlink(missing_ok=True)

    def _read_loose(self) -> tuple[list[pl.DataFrame], list[Path]]:
        frames: list[pl.DataFrame] = []
        paths: list[Path] = []
        for path in sorted(self.loose.glob("*.parquet")):
            try:
                frames.append(identify(self.read(path)))
                paths.append(path)
            except RawError as error:
                log.warning("%s", error)
        return frames, paths

    def list_segment(self, segment: Path, exchanges: pl.DataFrame) -> None:
        """Add a segment and its exchanges to the manifest."""
        content = segment.read_bytes()
        line = {
            "file": str(segment.relative_to(self.folder)),
            "sha256": hashlib.sha256(content).hexdigest(),
            "size_bytes": len(content),
            "exchanges": exchanges.select(
                "service", "asked", "url", "status", pl.col("fetched_at").dt.to_string("iso:strict"), "sha256"
            ).to_dicts(),
        }
        text = json.dumps(line, ensure_ascii=True) + "\n"
        if self.has_no_manifest():
            why = "not an ordinary file, or a link that leads nowhere"
            raise RawError(f"{self.manifest} cannot be written ({why}): restore it from a backup, or move it away")
        try:
            appending = open_plain(self.manifest, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            with os.fdopen(appending, "a", encoding="utf-8") as file:
                if file.tell() and not self.manifest.read_bytes().endswith(b"\n"):
                    text = "\n" + text  # a kill truncated the last line
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise unwritable(self.manifest, error) from error


def identify(exchanges: pl.DataFrame) -> pl.DataFrame:
    """Add `exchange_id`: the same for the same exchange, in whichever file it is."""
    columns = [name for name in EXCHANGE if name not in ("body", "headers")]
    texts = (json.dumps(row, default=str) for row in exchanges.select(columns).iter_rows())
    ids = [hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts]
    return exchanges.with_columns(exchange_id=pl.Series(ids, dtype=pl.String))


def ids_of(exchanges: Sequence[Exchange]) -> list[str]:
    """Return the id of each exchange, in the order given."""
    return identify(exchanges_frame(exchanges))["exchange_id"].to_list()


def write_durably(frame: pl.DataFrame, folder: Path, at: datetime) -> Path:
    """Write a parquet file named by time and sha256: under a temporary name, flushed, then renamed."""
    part = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = new_part(folder)
        write_parquet(frame, part)
        path = folder / name_of(at, part.read_bytes())
        flush(part)
        part.rename(path)
        flush(folder)
    except (OSError, pl.exceptions.PolarsError) as error:  # a full disk can be either
        with suppress(OSError):
            if part:
                part.unlink(missing_ok=True)
        raise unwritable(folder, error) from error
    return path


def write_parquet(frame: pl.DataFrame, to: Path | BytesIO) -> None:
    """Write exchanges (EXCHANGE) as a raw file has them."""
    frame.write_parquet(to, compression="zstd", statistics=False)


def name_of(at: datetime, content: bytes) -> str:
    """Return the name of a raw file: when its first response came, and the sha256 of its bytes."""
    return f"{at:%Y%m%dT%H%M%S%fZ}-{hashlib.sha256(content).hexdigest()[:32]}.parquet"


def read_raw(path: Path) -> bytes:
    try:
        return read_plain(path)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not path.is_symlink():
            raise
        remedy = "restore it from a backup, or move it away"
        raise RawError(f"{harmless(str(path))} cannot be read ({error.strerror}): {remedy}") from error


def why_unreadable(error: RawError) -> str:
    """Return what is wrong with a raw file that could not be read, in a few words."""
    fault = error.__cause__
    if isinstance(fault, OSError):
        return f"cannot be read ({fault.strerror})"
    return "is cut short or altered" if fault is None else "was written by another version (upgrade, or move it away)"


def unwritable(path: Path, error: Exception) -> RawError:
    why = error.strerror if isinstance(error, OSError) else str(error)
    return RawError(f"{path} cannot be written ({why}): make room or grant write permission, and run again")


def flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
