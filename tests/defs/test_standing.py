"""A run that finds nothing new does not ask again what is known of the star, and still tells of it."""

import logging
from collections.abc import Mapping
from datetime import date
from typing import Any

import dagster as dg
import pytest

from pipeline.commands.job import Outcome, run_days
from pipeline.defs.instance import open_instance
from pipeline.warehouse import reports
from pipeline.warehouse.checks import CHECKS, SETTLED
from pipeline.warehouse.folder import Warehouse

DAY, NEXT = date(2025, 3, 13), date(2025, 3, 14)
SINCE = "unchanged since run"


pytestmark = pytest.mark.usefixtures("one_history")


def run(day: date = DAY) -> Outcome:
    outcome = run_days(day, day)
    assert not outcome.failures
    return outcome


def newest_outcomes() -> Mapping[str, Any]:
    """Return by check the newest record that the history has of it."""
    keys = [dg.AssetCheckKey(dg.AssetKey(check.table), name) for name, check in CHECKS.items()]
    with open_instance() as instance:
        found = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    return {key.name: record for key, record in found.items()}


def runs_told_of(check: str) -> list[str]:
    with open_instance() as instance:
        key = dg.AssetCheckKey(dg.AssetKey(CHECKS[check].table), check)
        return [record.run_id for record in instance.event_log_storage.get_asset_check_execution_history(key, 100)]


def since(outcome: Outcome) -> dict[str, Any]:
    """Return by check of a run since which run it says that nothing has changed, None where it was asked."""
    with open_instance() as instance:
        events = [entry.dagster_event for entry in instance.all_logs(outcome.run_id)]
    found = [e.asset_check_evaluation_data for e in events if e and e.event_type_value == "ASSET_CHECK_EVALUATION"]
    return {each.check_name: each.metadata[SINCE].value if SINCE in each.metadata else None for each in found}


def test_what_was_found_in_a_star_is_told_again_while_that_star_is_published(home, caplog):
    first = run()
    warned = reports.read_warnings(home / "warehouse" / "private")[0]
    with caplog.at_level(logging.WARNING):
        again = run()
    assert set(since(first).values()) == {None}
    told = since(again)
    assert {name for name, run_id in told.items() if run_id == first.run_id} == set(SETTLED)
    assert set(CHECKS) <= set(told)
    assert reports.read_warnings(home / "warehouse" / "private")[0].keys() == warned.keys()
    assert "emitted no result" not in caplog.text


def test_the_newest_outcome_is_of_the_newest_run_and_about_what_is_there_now():
    before, again = newest_outcomes(), run()
    found = newest_outcomes()
    assert {record.run_id for record in found.values()} == {again.run_id}
    assert {name: record.status for name, record in found.items()} == {name: r.status for name, r in before.items()}
    with open_instance() as instance:
        newest = instance.get_latest_materialization_event(dg.AssetKey("fct_listing"))
    evaluation = found["listing_grain"].event.dagster_event.asset_check_evaluation_data
    assert newest
    assert evaluation.target_materialization_data.run_id == newest.run_id
    assert evaluation.target_materialization_data.timestamp == pytest.approx(newest.timestamp)
    assert evaluation.blocking is True


def test_quiet_runs_in_a_row_keep_what_was_found_and_what_was_told_last():
    runs = [run(), run()]
    kept = runs_told_of("listing_grain")
    assert kept[0] == runs[-1].run_id
    assert len(kept) == 2
    assert runs_told_of("nothing_put_aside")[:2] == [runs[1].run_id, runs[0].run_id]


def test_a_star_that_was_never_checked_is_checked_however_little_a_run_finds(monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(Warehouse, "check", lambda *_, **__: 1 / 0)
        assert run_days(NEXT, NEXT).failures
    told = since(run(NEXT))
    assert {told[name] for name in SETTLED} == {None}


def test_a_history_that_knows_nothing_of_it_is_told_everything(monkeypatch, tmp_path):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    told = since(run(NEXT))
    assert {told[name] for name in SETTLED} == {None}


def test_checks_that_read_staging_or_the_clock_are_always_asked():
    assert set(CHECKS) - set(SETTLED) == {
        "columns_known",
        "heading_dates_agree",
        "nothing_from_the_future",
        "nothing_put_aside",
        "star_curve_agrees",
    }
