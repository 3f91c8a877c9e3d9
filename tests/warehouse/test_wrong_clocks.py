"""What was stamped by a clock that was ahead is no look at a day, and says nothing of a quota."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from empty import empty_warehouse
from histories import NOWHERE

from pipeline.core.settings import read_settings
from pipeline.defs.assets.quotas import read_hub_quota
from pipeline.defs.planning import read_outcomes
from pipeline.http.client import Web
from pipeline.http.exchange import Exchange
from pipeline.sources import registry
from pipeline.sources.fetch import is_wanted
from pipeline.sources.fetching import Fetching
from pipeline.sources.pages import subject_of
from pipeline.sources.registry import find_source
from pipeline.sources.stored import is_settled
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.stored import read_stored

DAY, NOW = date(2025, 3, 6), datetime(2025, 3, 8, tzinfo=UTC)
NEVER = lambda exchange: None  # noqa: E731
PAPER = {"paper": {"id": "2503.00001", "title": "Tea", "upvotes": 7}}
FEED, ARCHIVE = "huggingface/daily-papers", "joe0731/hf_paper_watch_dog"


def look(entries: list[object], at: datetime) -> Exchange:
    body, headers = json.dumps(entries).encode(), {"x-look": at.isoformat(), "x-page": "0"}
    return Exchange("feed", (subject_of(FEED, DAY),), 1, NOWHERE, "GET", 200, headers, at, body, None)


def not_found(at: datetime) -> Exchange:
    return Exchange("archive", (subject_of(ARCHIVE, DAY),), 1, NOWHERE, "GET", 404, {}, at, b"", None)


def is_asked_again(warehouse: Warehouse, source_id: str) -> tuple[bool, bool]:
    """Whether a run of what is missing asks for the day, and whether the schedule has it in its range."""
    source = find_source(source_id)
    outcomes = read_outcomes(warehouse.published, DAY, DAY, NOW)
    with Web(None, now=lambda: NOW) as web:
        fetching = Fetching(read_settings(), web, read_stored(warehouse, NOW), NEVER, only_missing=True)
        return is_wanted(fetching, source, DAY), not is_settled(source, DAY, outcomes[DAY][source_id], NOW)


def hold(folder: Path, *answers: Exchange) -> Warehouse:
    warehouse = empty_warehouse(folder)
    warehouse.raw.store(*answers)
    warehouse.refresh()
    warehouse.publish()
    return warehouse


@pytest.mark.parametrize(
    ("source_id", "ask"),
    [
        (FEED, lambda at: look([PAPER], at)),
        (FEED, lambda at: look([], at)),
        (ARCHIVE, not_found),
    ],
    ids=["list", "empty list", "absence"],
)
def test_a_day_that_was_seen_only_by_a_clock_that_was_ahead_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source_id: str, ask
) -> None:
    monkeypatch.setattr(registry, "SOURCES", registry.OURS)
    ahead, true = ask(datetime(2031, 3, 7, 12, tzinfo=UTC)), ask(datetime(2025, 3, 7, 12, tzinfo=UTC))
    assert is_asked_again(hold(tmp_path / "ahead", ahead), source_id) == (True, True)
    assert is_asked_again(hold(tmp_path / "both", ahead, true), source_id) == (False, False)


def test_a_quota_that_was_told_to_a_clock_that_was_ahead_or_before_yesterday_is_none(tmp_path: Path) -> None:
    def told(name: str, left: int, at: datetime) -> Exchange:
        headers = {"ratelimit": f'"api";r={left};t=80000'}
        return Exchange("hub", (f"model/a/{name}",), 1, NOWHERE, "GET", 404, headers, at, b"{}", None)

    now = datetime.now(UTC)
    ahead, old = told("b", 3, now + timedelta(days=900)), told("c", 4, now - timedelta(hours=25))
    assert read_hub_quota(hold(tmp_path / "none", ahead, old)) is None
    found = read_hub_quota(hold(tmp_path / "found", ahead, old, told("d", 480, now - timedelta(hours=1))))
    assert found is not None and found[0] == 480
