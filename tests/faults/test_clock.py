"""A clock that is set back, and traces of a time when it was ahead: nothing is lost, nobody waits for the future."""

import os
import shutil
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from lab import ALL_DAYS, FAULTY_DAYS, IMPATIENT, assert_equal, read_rows

from pipeline.http.rate_limit import Pace
from pipeline.standin.facts import DEMO
from pipeline.warehouse import publish

CORRECTED = date(2025, 3, 19)
PAGE = Path("timlrx/daily-ai-papers/main/archive/2025/03/19.md")


def days_ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def test_a_clock_set_back_by_a_day_loses_no_answer(lab, calm):
    raw = lab.warehouse.raw
    before = {exchange["url"] for entry in raw.entries() for exchange in entry.exchanges}
    newest_before = max(str(exchange["fetched_at"]) for entry in raw.entries() for exchange in entry.exchanges)
    outcome = lab.run(*FAULTY_DAYS, web=partial(IMPATIENT, now=lambda: days_ago(1)))
    assert not outcome.failures
    latest = list(raw.entries())[-1]
    assert max(str(exchange["fetched_at"]) for exchange in latest.exchanges) < newest_before
    lab.note("clock set back by a day")
    assert before < {exchange["url"] for entry in raw.entries() for exchange in entry.exchanges}
    assert outcome.metadata["published_warehouse"]["release"] != "unchanged"
    assert {row[1] for row in read_rows(lab.warehouse.published)["fct_source_day"]} >= set(FAULTY_DAYS)
    lab.assert_calm_run_makes_up(calm)


@pytest.mark.parametrize("days", [1, 400])
def test_a_day_or_a_year_that_ends_between_two_runs_changes_nothing_that_they_say(lab, calm, days):
    lab.run_plainly(*ALL_DAYS, web=partial(IMPATIENT, now=lambda: days_ago(-days)))
    observed = {row[1] for row in read_rows(lab.warehouse.published, whole=True)["fct_repository_day"]}
    assert len(observed) == 2  # those of the template, and later ones
    assert_equal(read_rows(lab.warehouse.published), calm)


def test_a_correction_met_while_the_clock_was_back_counts_once_it_is_right(lab, calm):
    folder = lab.folder / "archive"
    shutil.copytree(DEMO / "archive", folder)
    shutil.copyfile(DEMO / "corrections" / PAGE, folder / PAGE)
    lab.run_plainly(*ALL_DAYS)
    first = read_rows(lab.warehouse.published)["fct_source_day"]
    lab.standin.archive.folders.insert(0, folder)
    lab.run_plainly(CORRECTED, CORRECTED, web=partial(IMPATIENT, now=lambda: days_ago(3)))
    lab.note("correction met while the clock was back")
    lab.assert_same_from_raw()
    lab.run_plainly(CORRECTED, CORRECTED)
    corrected = read_rows(lab.warehouse.published)["fct_source_day"]
    assert [row[1] for row in set(corrected) - set(first)] == [CORRECTED]
    lab.standin.archive.folders.pop(0)
    lab.assert_calm_run_makes_up(calm)


def test_a_published_file_from_the_future_is_replaced_all_the_same(lab, calm):
    current = lab.warehouse.published.resolve()
    ahead = current.parent.with_name("29990101T000000000000Z")
    current.parent.rename(ahead)
    publish.point_to(ahead / "papers.duckdb", lab.warehouse.folder)
    later = datetime(2999, 1, 1, tzinfo=UTC).timestamp()
    os.utime(ahead / "papers.duckdb", (later, later))
    lab.note("published file from the future")
    lab.run_plainly(*FAULTY_DAYS)
    assert lab.warehouse.published.resolve().parent != ahead
    lab.assert_calm_run_makes_up(calm)


def test_a_pace_from_the_future_costs_one_pause_at_most(tmp_path):
    waits: list[float] = []
    folder = tmp_path / "pace"
    ahead = Pace("arxiv", 3.0, now=lambda: datetime(2999, 1, 1, tzinfo=UTC), sleep=waits.append, folder=folder)
    with ahead.turn():
        pass
    assert waits == []
    with Pace("arxiv", 3.0, sleep=waits.append, folder=folder).turn():
        pass
    assert waits == [3.0]


def test_raw_files_in_any_order_of_their_clocks_give_one_star(lab):
    lab.run_plainly(*FAULTY_DAYS, web=partial(IMPATIENT, now=lambda: days_ago(400)))
    before = read_rows(lab.warehouse.published, whole=True)
    lab.warehouse.rebuild()
    assert_equal(read_rows(lab.warehouse.published, whole=True), before)
