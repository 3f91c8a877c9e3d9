"""The real days of all lists, by HTTP into a warehouse: every paper of every day is a listing."""

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from empty import empty_warehouse
from five_lists import DAILY_PAPERS, GABRIELCHUA, SUMMARIES, TIMLRX, WATCH_DOG

from pipeline.core.settings import read_settings
from pipeline.http.client import Web
from pipeline.sources.fetch import fetch_documents
from pipeline.sources.fetching import Fetching
from pipeline.sources.stored import Stored
from pipeline.standin import Standin

SHARED = Path(__file__).parents[2].parent / "shared"
LISTS = SHARED / "lists"
ANSWERS = LISTS / "2404589803" / "hf-daily-paper-newsletter-chinese" / "main" / "Paper_metadata_download"

pytestmark = pytest.mark.skipif(not LISTS.is_dir(), reason="needs the lists in ../shared")

COUNTS = """
    select
        source_id,
        count(*)::integer,
        count(distinct listing_date)::integer,
        (count(*) filter (is_in_markdown))::integer,
        (count(*) filter (is_in_json))::integer
    from fct_listing
    join dim_source using (source_key)
    group by source_id
"""


def readable(path: Path) -> bool:
    """Whether a file is an answer; five are not."""
    entries = json.loads(path.read_text("utf-8"))
    return isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)


def lay_out(folder: Path) -> list[date]:
    """Copy the lists as a stand-in serves them; return the days of which there is something."""
    for owner in ("joe0731", "chenin-wang", "timlrx"):
        shutil.copytree(LISTS / owner, folder / "lists" / owner)
    for source_id in (TIMLRX, GABRIELCHUA):
        pages = Path(source_id) / "main" / "archive"
        shutil.copytree(SHARED / "archives" / pages, folder / "lists" / pages)
    (folder / "answers").mkdir()
    days: set[date] = set()
    for path in filter(readable, ANSWERS.glob("*.json")):
        shutil.copy(path, folder / "answers")
        days.add(date.fromisoformat(path.stem))
    for path in [*(folder / "lists").rglob("*.md"), *(folder / "lists").rglob("daily_results/*/*/*.json")]:
        numbers = "-".join([*path.parts[-3:-1], path.stem]) if len(path.stem) == 2 else path.stem
        if numbers[:2] == "20":
            days.add(date.fromisoformat(numbers))
    return sorted(days)


def test_every_paper_of_every_day_is_a_listing(
    tmp_path: Path, all_sources: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    days, clock = lay_out(tmp_path), [datetime(2026, 11, 2, tzinfo=UTC)]

    def now() -> datetime:
        clock[0] += timedelta(seconds=1)
        return clock[0]

    with Standin(tmp_path / "lists", None, lists=tmp_path / "answers", now=now) as standin:
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        warehouse = empty_warehouse(tmp_path / "warehouse")
        with Web(None, now=now, sleep=lambda seconds: None) as web:
            fetching = Fetching(read_settings(), web, Stored(), warehouse.raw.store)
            fetch_documents(fetching, days)
    assert not fetching.reasons
    warehouse.refresh()
    counts = {row[0]: row[1:] for row in warehouse.use(lambda connection: connection.execute(COUNTS).fetchall())}
    assert counts[WATCH_DOG] == (721, 41, 721, 0)
    assert counts[SUMMARIES] == (148, 6, 148, 0)
    assert counts[DAILY_PAPERS] == (887, 45, 0, 887)
    assert (counts[TIMLRX][2], counts[TIMLRX][3]) == (1264, 347)
    assert counts[GABRIELCHUA][0] == 2006
    asked = "select count(*) from rejected_row union all select count(*) from fct_source_day where outcome = 'failed'"
    assert warehouse.use(lambda connection: connection.execute(asked).fetchall()) == [(0,), (0,)]
    seen = "select count(*), count(upvotes_count), count(distinct date_key) from fct_listing_day"
    assert warehouse.use(lambda connection: connection.execute(seen).fetchall()) == [(887, 887, 1)]
    assert warehouse.check()["neighbouring_days_differ"] == []
