"""Every source that is known over loopback: requests at their floor, and a storm ends with a calm run's data."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from empty import empty_warehouse
from five_lists import DAILY_PAPERS, TIMLRX, entries, write_lists

from pipeline.core.settings import read_settings
from pipeline.http.client import Web
from pipeline.sources.fetch import fetch_documents
from pipeline.sources.fetching import Fetching
from pipeline.sources.source import Source
from pipeline.standin import Standin
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.stored import read_stored

FIRST, LAST = date(2024, 10, 1), date(2025, 10, 7)
YEAR = [FIRST + timedelta(days=step) for step in range((LAST - FIRST).days + 1)]
WORKING_DAYS = [day for day in YEAR if day.isoweekday() < 6]
LATER = datetime(2025, 11, 3, 12, tzinfo=UTC)


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock(LATER)


@pytest.fixture
def standin(
    tmp_path: Path, clock: Clock, all_sources: tuple[Source, ...], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Standin]:
    """All archives' files and all answers of a year."""
    write_lists(tmp_path / "lists", WORKING_DAYS)
    with Standin(tmp_path / "lists", None, now=clock.now) as standin:
        for day in YEAR:
            standin.hugging_face.put(day, entries(day) if day.isoweekday() < 6 else [])
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("WAREHOUSE_DIR", str(tmp_path / "warehouse"))
        yield standin


def fetch(warehouse: Warehouse, clock: Clock, days: list[date] = YEAR) -> Fetching:
    with Web(None, now=clock.now, sleep=clock.sleep) as web:
        fetching = Fetching(read_settings(), web, read_stored(warehouse), warehouse.raw.store)
        fetch_documents(fetching, days)
    return fetching


def listed(warehouse: Warehouse) -> list[tuple[object, ...]]:
    """What is published of each source and day, without when it was fetched."""
    warehouse.refresh()
    question = """
        select source_id, listing_date, outcome, listing_count, rejected_count,
            list((arxiv_id, fct_listing.title, position, is_in_markdown, is_in_json, author_count) order by arxiv_id)
        from fct_source_day
        join dim_source using (source_key)
        left join fct_listing using (source_key, listing_date)
        left join dim_paper using (paper_key)
        group by all
        order by all
    """
    return warehouse.use(lambda connection: connection.execute(question).fetchall())


def test_a_year_costs_as_few_requests_as_can_be_and_again_only_what_is_due(standin, clock, tmp_path):
    warehouse = empty_warehouse(tmp_path / "warehouse")
    assert not fetch(warehouse, clock).reasons
    asked = Counter(request.path.split("?")[0].partition("/git/trees")[0][:17] for request in standin.requests)
    assert asked["/api/daily_papers"] == len(YEAR)
    assert len(standin.requests) == len(YEAR) + 3 * 4  # a listing, and a download with its redirect, for each archive
    days = [request.path for request in standin.requests if request.path.startswith("/api/daily_papers")]
    assert len(set(days)) == len(days)
    before = listed(warehouse)
    standin.requests.clear()
    fetch(warehouse, clock)
    assert len(standin.requests) == 4  # one listing for each archive
    assert listed(warehouse) == before


def test_a_storm_ends_with_the_data_of_a_calm_run(standin, clock, tmp_path, all_sources):
    calm, stormy = empty_warehouse(tmp_path / "calm"), empty_warehouse(tmp_path / "stormy")
    days = YEAR[-40:]
    fetch(calm, clock, days)
    for how in (500, 429, "reset", "cut", "html"):
        standin.fail("/", how, share=0.06, seed=len(str(how)))
    for _ in range(12):
        fetch(stormy, clock, days)
        clock.sleep(3600)
    standin.calm()
    fetch(stormy, clock, days)
    assert listed(stormy) == listed(calm)
    assert {row[0] for row in listed(calm)} == {source.source_id for source in all_sources}


def test_two_documents_of_a_day_are_one_list(standin, clock, tmp_path):
    warehouse = empty_warehouse(tmp_path / "warehouse")
    fetch(warehouse, clock, WORKING_DAYS[-3:])
    [day] = [row for row in listed(warehouse) if row[:2] == (TIMLRX, LAST)]
    assert day[2:5] == ("published", 5, 0)
    places = [(position, markdown, json) for _, _, position, markdown, json, _ in day[5]]  # pyright: ignore
    assert places == [(1, True, True), (2, True, True), (3, True, True), (4, True, True), (None, False, True)]


def test_a_list_is_looked_at_again_when_its_calendar_says_so(standin, clock, tmp_path):
    warehouse, day = empty_warehouse(tmp_path / "warehouse"), [date(2025, 9, 24)]
    moments = [datetime(2025, 9, 24, 13, tzinfo=UTC), datetime(2025, 9, 25, 1, 40, tzinfo=UTC)]
    moments += [moments[1] + timedelta(days=after) for after in (1, 7, 8, 14, 15, 40)]
    looks = []
    for upvotes, moment in enumerate(moments):
        clock.at = moment
        standin.hugging_face.put(day[0], entries(day[0], 4, upvotes), since=moment)
        standin.requests.clear()
        fetch(warehouse, clock, day)
        looks.append(sum("/api/daily_papers" in request.path for request in standin.requests))
    assert looks == [1, 1, 0, 1, 0, 1, 0, 0]
    warehouse.refresh()
    seen = "select distinct date_key, upvotes_count from fct_listing_day order by 1"
    assert warehouse.use(lambda connection: connection.execute(seen).fetchall()) == [
        (20250924, 0),
        (20250925, 1),
        (20251002, 3),
        (20251009, 5),
    ]


def test_an_empty_list_of_a_day_that_had_papers_is_a_failure_and_changes_nothing(standin, clock, tmp_path):
    warehouse, day = empty_warehouse(tmp_path / "warehouse"), date(2025, 9, 24)
    clock.at = datetime(2025, 9, 24, 13, tzinfo=UTC)
    fetch(warehouse, clock, [day])
    clock.at = datetime(2025, 9, 25, 13, tzinfo=UTC)
    standin.hugging_face.put(day, [], since=clock.at)
    fetch(warehouse, clock, [day])
    warehouse.refresh()
    question = """
        select outcome, listing_count, correction_failure
        from fct_source_day join dim_source using (source_key)
        where source_id = ?
    """
    rows = warehouse.use(lambda connection: connection.execute(question, [DAILY_PAPERS]).fetchall())
    assert rows == [("published", 4, "an empty list, of a day that had papers before")]


def test_a_day_that_has_not_begun_is_not_yet(standin, clock, tmp_path):
    warehouse = empty_warehouse(tmp_path / "warehouse")
    clock.at = datetime(2025, 11, 4, 0, 30, tzinfo=UTC)
    fetching = fetch(warehouse, clock, [date(2025, 11, 4)])
    assert not fetching.reasons
    assert [row for row in listed(warehouse) if row[0] == DAILY_PAPERS] == []
