"""Raw files in staging: each page is read once, however it came."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pages_of_rows import SIX, row

from pipeline.http.exchange import Exchange
from pipeline.sources.layouts import markdown
from pipeline.warehouse.folder import Warehouse

AT = datetime(2031, 5, 7, 12, tzinfo=UTC)


def answer(day: int, text: str) -> Exchange:
    asked = (f"gabrielchua/daily-ai-papers/2031-05-{day:02}",)
    return Exchange("archive", asked, 1, "http://127.0.0.1:9/", "GET", 200, {}, AT, text.encode(), None)


def test_a_page_is_taken_apart_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    find_tables = markdown.find_tables
    monkeypatch.setattr(markdown, "find_tables", lambda text: seen.append(text) or find_tables(text))
    warehouse = Warehouse(tmp_path)
    texts = [SIX + row(1), SIX + row(2) + row(3)]
    warehouse.raw.store(*(answer(day, text) for day, text in enumerate(texts, 5)))
    warehouse.load_raw()
    assert seen == texts
    rows = warehouse.rows("status", "days", {"from_date": "2031-05-05", "to_date": "2031-05-06"})
    assert [(outcome, count) for _, _, outcome, _, count, *_ in rows] == [("published", 1), ("published", 2)]
