"""What responses say, as rows of staging: each page is read once, however it came."""

from datetime import UTC, datetime

import pytest
from pages_of_rows import SIX, row

from pipeline.http.exchange import Exchange, exchanges_frame
from pipeline.sources.layouts import markdown
from pipeline.warehouse.intake.bodies import read_exchanges
from pipeline.warehouse.intake.days import read_files
from pipeline.warehouse.raw import identify

AT = datetime(2031, 5, 7, 12, tzinfo=UTC)


def answer(day: int, text: str) -> Exchange:
    asked = (f"gabrielchua/daily-ai-papers/2031-05-{day:02}",)
    return Exchange("archive", asked, 1, "http://127.0.0.1:9/", "GET", 200, {}, AT, text.encode(), None)


def test_a_page_is_taken_apart_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    find_tables = markdown.find_tables
    monkeypatch.setattr(markdown, "find_tables", lambda text: seen.append(text) or find_tables(text))
    texts = [SIX + row(1), SIX + row(2) + row(3)]
    frames = read_files(identify(exchanges_frame([answer(day, text) for day, text in enumerate(texts, 5)])))
    assert seen == texts
    assert frames["page"].select("outcome", "listing_count").rows() == [("published", 1), ("published", 2)]


def test_a_page_of_stars_that_is_put_aside_is_read_beside_other_services() -> None:
    stars = Exchange("star_history", ("7/1",), 1, "http://127.0.0.1:9/", "GET", 200, {}, AT, b"[1]", None)
    missing = Exchange("github", ("acme/tool",), 1, "http://127.0.0.1:9/", "GET", 404, {}, AT, b"{}", None)
    frames = read_exchanges(identify(exchanges_frame([stars, missing])))
    assert frames["put_aside"].select("part", "subject").rows() == [("star_week", "7/1")]
    assert sorted(frames["attempt"].get_column("service")) == ["github", "star_history"]
