"""The real days of all lists, by HTTP into a warehouse: every paper of every day is a listing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from empty import empty_warehouse
from five_lists import DAILY_PAPERS, GABRIELCHUA, SUMMARIES, TIMLRX, WATCH_DOG
from real_lists import LISTS, lay_out

from pipeline.core.settings import read_settings
from pipeline.http.client import Web
from pipeline.sources.fetch import fetch_documents
from pipeline.sources.fetching import Fetching
from pipeline.sources.stored import Stored
from pipeline.standin import Standin

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
