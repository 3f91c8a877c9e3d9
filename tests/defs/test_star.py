"""What a run tells Dagster of the tables of the star: what is new, and no more."""

from datetime import date

import dagster as dg
import pytest

from pipeline.commands.job import Outcome, run_days
from pipeline.defs.instance import open_instance
from pipeline.standin import Standin
from pipeline.warehouse.checks import CHECKS
from pipeline.warehouse.tables import TABLES

DAY, FAILED = date(2025, 3, 13), date(2025, 3, 14)
KINDS = dg.DagsterEventType


pytestmark = pytest.mark.usefixtures("one_history")


def told(outcome: Outcome) -> dict[KINDS, set[str]]:
    """Return the tables that a run materialized, and the checks that it evaluated."""
    found: dict[KINDS, set[str]] = {KINDS.ASSET_MATERIALIZATION: set(), KINDS.ASSET_CHECK_EVALUATION: set()}
    with open_instance() as instance:
        for entry in instance.all_logs(outcome.run_id):
            event = entry.dagster_event
            if event and event.event_type == KINDS.ASSET_MATERIALIZATION and event.asset_key:
                found[event.event_type].add(event.asset_key.to_user_string())
            if event and event.event_type == KINDS.ASSET_CHECK_EVALUATION:
                found[event.event_type].add(event.asset_check_evaluation_data.check_name)
    return found


def test_a_run_that_finds_nothing_new_tells_of_no_table_again_and_of_every_check() -> None:
    first, again = run_days(DAY, DAY), run_days(DAY, DAY)
    assert not first.failures
    assert not again.failures
    assert set(TABLES) <= told(first)[KINDS.ASSET_MATERIALIZATION]
    assert set(TABLES) & told(again)[KINDS.ASSET_MATERIALIZATION] == set()
    assert set(CHECKS) <= told(again)[KINDS.ASSET_CHECK_EVALUATION]
    assert again.metadata["published_warehouse"]["release"] == "unchanged"
    with open_instance() as instance:
        newest = instance.get_latest_materialization_events([dg.AssetKey(table) for table in TABLES])
    assert {entry and entry.run_id for entry in newest.values()} == {first.run_id}


def test_a_run_that_fails_tells_of_every_table_so_that_none_is_red_with_it(one_history: Standin) -> None:
    one_history.fail("/gabrielchua/daily-ai-papers/main/archive/2025/03/14", "html")
    failed = run_days(FAILED, FAILED)
    assert failed.failures
    assert set(TABLES) <= told(failed)[KINDS.ASSET_MATERIALIZATION]
