"""The pages that are measured with: the real ones beside the project where they lie, invented ones elsewhere."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from bench.synthetic import DAYS_OF_ONE, write_archive
from pipeline.sources.layouts.markdown import read_page
from pipeline.sources.reading import PAGES

REAL = Path(__file__).parents[2] / "shared" / "archives"


@dataclass(frozen=True)
class Archive:
    """A folder of <owner>/<name>/main/archive/YYYY/MM/DD.md and where it comes from."""

    folder: Path
    origin: str

    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*/*/main/archive/*/*/*.md"))

    def days(self) -> list[date]:
        return sorted({date(*map(int, path.with_suffix("").parts[-3:])) for path in self.files()})

    def pages(self) -> pl.DataFrame:
        """Return every page as PAGES."""
        rows = [("/".join(path.parts[-7:-5]), day_of(path), read_page(path.read_bytes()).text) for path in self.files()]
        return pl.DataFrame(rows, schema=PAGES, orient="row")

    def describe(self) -> str:
        size = sum(path.stat().st_size for path in self.files())
        return f"{self.origin}: {len(self.files())} pages, {size / 1e6:.1f} MB"


def day_of(path: Path) -> date:
    year, month, day = path.with_suffix("").parts[-3:]
    return date(int(year), int(month), int(day))


@contextmanager
def open_archive() -> Iterator[Archive]:
    if REAL.is_dir():
        yield Archive(REAL, "the real pages")
        return
    with tempfile.TemporaryDirectory() as folder:
        write_archive(Path(folder), DAYS_OF_ONE)
        yield Archive(Path(folder), "invented pages, since the real ones are not beside the project")
