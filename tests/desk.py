"""A desk to fetch from: both archives of a fortnight behind a stand-in, a warehouse, and a run's way of fetching."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from empty import empty_warehouse
from histories import HEADER

from pipeline.core.settings import Settings, read_settings
from pipeline.http.client import Web
from pipeline.http.exchange import Exchange
from pipeline.sources import registry
from pipeline.sources.fetch import fetch_documents
from pipeline.sources.fetching import Fetching
from pipeline.standin import Standin
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.stored import EVER, by, read_stored

FIRST = date(2025, 3, 3)  # a Monday
FORTNIGHT = [FIRST + timedelta(days=step) for step in range(14)]
LATER = datetime(2025, 4, 1, tzinfo=UTC)
TIMLRX = "timlrx/daily-ai-papers"
GABRIELCHUA = "gabrielchua/daily-ai-papers"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Both sources' pages of the ten working days of a fortnight."""
    folder = tmp_path / "archive"
    for day in FORTNIGHT:
        if day.isoweekday() < 6:
            for source in registry.SOURCES:
                write_page(folder, source.source_id, day, f"Tea of {day}")
    return folder


def write_page(folder: Path, source_id: str, day: date, title: str) -> bytes:
    path = page_path(folder, source_id, day)
    path.parent.mkdir(parents=True, exist_ok=True)
    row = f"| [{title}](https://arxiv.org/abs/2503.{day:%m%d}1) | Ada | Hot. | [] | N/A | N/A |\n"
    path.write_text(HEADER + row)
    return path.read_bytes()


def page_path(folder: Path, source_id: str, day: date) -> Path:
    return folder / source_id / "main" / "archive" / f"{day:%Y/%m/%d}.md"


@pytest.fixture
def standin(archive: Path) -> Iterator[Standin]:
    with Standin(archive, None, now=lambda: LATER) as standin:
        yield standin


class Desk:
    """One warehouse and its way of fetching, as a run does it: what is held is read before."""

    def __init__(self, settings: Settings, warehouse: Warehouse) -> None:
        self.settings, self.warehouse = settings, warehouse
        self.hours = 0

    def fetch(self, days: list[date], *, only_missing: bool = False) -> Fetching:
        kept: list[Exchange] = []

        def keep(*exchanges: Exchange) -> None:
            self.warehouse.raw.store(*exchanges)
            kept.extend(exchanges)

        self.hours += 1
        with Web(None, now=lambda: LATER + timedelta(hours=self.hours), sleep=lambda seconds: None) as web:
            fetching = Fetching(self.settings, web, read_stored(self.warehouse), keep, only_missing)
            fetch_documents(fetching, days)
        self.warehouse.load_raw()
        self.kept = kept
        return fetching

    def outcomes(self, source_id: str = TIMLRX) -> dict[date, str]:
        return {row[1]: row[2] for row in self.warehouse.rows("status", "stored", by(EVER)) if row[0] == source_id}


@pytest.fixture
def desk(standin: Standin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    desk = make_desk(standin.environment, tmp_path / "warehouse", monkeypatch)
    with desk.warehouse.open():
        yield desk


def make_desk(environment: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Desk(read_settings(), empty_warehouse(folder))
