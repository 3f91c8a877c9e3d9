"""Days that lie loose in raw/ and are not published."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipeline.http.exchange import Exchange
from pipeline.warehouse.intake.unpublished import read_unpublished
from pipeline.warehouse.raw import Raw

SOURCE, DAY = "timlrx/daily-ai-papers", date(2025, 3, 17)


@pytest.mark.parametrize("status", [404, 410, 500])
def test_a_page_that_is_gone_for_good_is_an_answer_as_one_that_is_not_there(tmp_path: Path, status: int):
    raw = Raw(tmp_path / "raw")
    at = datetime(2025, 4, 1, tzinfo=UTC)
    raw.store(Exchange("archive", (f"{SOURCE}/{DAY}",), 1, "http://h/x", "GET", status, {}, at, b"", None))
    assert read_unpublished(raw) == ({} if status == 500 else {SOURCE: {DAY}})
