"""Looks of a feed that show one list, and differ in what makes it no other: the star has the rows of the oldest."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from empty import empty_warehouse
from histories import FEED_OF_PAPERS, NOWHERE, broken_rules, differences, star

from pipeline.http.exchange import Exchange
from pipeline.sources.pages import subject_of
from pipeline.warehouse.folder import Warehouse

FRIDAY = date(2025, 3, 7)
NOON = datetime(2025, 3, 7, 12, tzinfo=UTC)
PAPER = {"paper": {"id": "2503.00001", "title": "Tea"}}
LATER_PAPER = {"paper": {"id": "2503.00002", "title": "More tea"}}


def look(hours: int, *entries: dict[str, Any]) -> Exchange:
    at, subject = NOON + timedelta(hours=hours), (subject_of(FEED_OF_PAPERS, FRIDAY),)
    return Exchange("feed", subject, 1, NOWHERE, "GET", 200, {}, at, json.dumps(entries).encode(), None)


def voted(votes: int) -> dict[str, Any]:
    """An entry that is a reject, since it has no arXiv id; its text shows its votes."""
    return {"paper": {"title": "Leaves", "upvotes": votes}}


def learn(folder: Path, *runs: list[Exchange]) -> Warehouse:
    """Return a warehouse to which looks came in so many runs."""
    warehouse = empty_warehouse(folder)
    with warehouse.open():
        for run in runs:
            warehouse.raw.store(*run)
            warehouse.refresh()
    return warehouse


def ask(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    return warehouse.use(lambda connection: connection.execute(query).fetchall())


LOOKS = {
    "the text of a reject": [look(hours, PAPER, voted(hours)) for hours in (1, 2, 3)],
    "which reject is which": [
        look(1, PAPER, LATER_PAPER, voted(1), voted(2)),
        look(2, PAPER, voted(2), voted(1), LATER_PAPER),
    ],
    "unknown keys": [look(hours, {**PAPER, f"riddle {hours}": 1}) for hours in (1, 2, 3)],
    "why it is refused": [look(hours, {**PAPER, f"riddle {hours}": 1}, voted(1), voted(1)) for hours in (1, 2)],
    "a list between, and one before": [
        look(1, LATER_PAPER),
        look(2, PAPER, voted(2)),
        look(3, LATER_PAPER),
        look(4, PAPER, voted(4)),
    ],
    "the same microsecond": [look(1, PAPER, voted(votes)) for votes in (1, 2, 3)],
}


@pytest.mark.parametrize("kind", LOOKS)
def test_looks_that_show_one_list_are_the_same_rows_in_any_order(kind: str, tmp_path: Path) -> None:
    at_once = learn(tmp_path / "at once", LOOKS[kind])
    expected, found = star(at_once), at_once.check()
    assert broken_rules(at_once) == {}
    for number, order in enumerate((LOOKS[kind], LOOKS[kind][::-1], LOOKS[kind][1:] + LOOKS[kind][:1])):
        warehouse = learn(tmp_path / f"{number}", *([one] for one in order))
        assert differences(star(warehouse), expected) == {}
        assert warehouse.check() == found


def test_a_list_has_the_rows_of_the_oldest_look_that_shows_it(tmp_path: Path) -> None:
    warehouse = learn(tmp_path, [look(3, PAPER, voted(3))], [look(2, PAPER, voted(2))], [look(4, PAPER, voted(4))])
    assert ask(warehouse, "select text from rejected_row") == [('{"paper":{"title":"Leaves","upvotes":2}}',)]
    times = ask(warehouse, "select document_fetched_at, fetched_at, first_fetched_at from fct_source_day")
    assert times == [(datetime(2025, 3, 7, 14),) * 3]


def test_a_list_that_comes_back_has_the_rows_of_its_first_time(tmp_path: Path) -> None:
    warehouse = learn(tmp_path, [look(1, PAPER, voted(1)), look(2, LATER_PAPER), look(3, PAPER, voted(3))])
    assert ask(warehouse, "select text from rejected_row") == [('{"paper":{"title":"Leaves","upvotes":1}}',)]
    times = ask(warehouse, "select document_fetched_at, fetched_at from fct_source_day")
    assert times == [(datetime(2025, 3, 7, 13), datetime(2025, 3, 7, 15))]


def test_an_older_look_takes_the_place_of_a_newer_one_in_every_table(tmp_path: Path) -> None:
    warehouse = learn(tmp_path, [look(2, PAPER, voted(2))], [look(1, PAPER, voted(1))])
    for table in ("page", "listing", "rejected_row"):
        assert ask(warehouse, f"select count(*) from staging.{table}") == [(1,)]
    assert ask(warehouse, "select count(*) from staging.sighting") == [(2,)]


def test_what_has_no_column_is_that_of_the_newest_look_also_where_that_has_none(tmp_path: Path) -> None:
    first, between, last = (
        look(hours, {"paper": {**PAPER["paper"], **added}})
        for hours, added in ((1, {"githubRepoAddedBy": "user"}), (2, {"githubRepoAddedBy": "auto"}), (3, {}))
    )
    query = "select extra from fct_listing"
    late = ask(learn(tmp_path / "late", [first, last], [between]), query)
    assert late == ask(learn(tmp_path / "at once", [first, between, last]), query) == [(None,)]
