"""What an operator filters by and trusts: owners, pools, tags, the report's condition, and retries that can help."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest
from empty import empty_warehouse

from pipeline.core.errors import WarehouseError
from pipeline.definitions import defs
from pipeline.defs import resources
from pipeline.defs.assets.owners import owners_of
from pipeline.defs.instance import open_instance
from pipeline.defs.news.run_end import read_run_end
from pipeline.defs.resources import Session

HOLD = (
    "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.readline();"
    "held.close(); print('free', flush=True)"
)


@pytest.mark.parametrize(
    ("contact", "owners"),
    [
        ("me@example.org", ["me@example.org"]),
        ("team:papers", ["team:papers"]),
        ("https://example.org/me", []),
        (None, []),
    ],
)
def test_assets_belong_to_the_contact_if_it_is_a_person_or_a_team(contact, owners):
    assert owners_of(contact) == owners


def test_what_asks_a_service_is_in_its_pool_and_nothing_else_is_in_any():
    graph = defs.resolve_asset_graph()
    pools = {key.to_user_string(): graph.get(key).pools for key in graph.executable_asset_keys}
    assert {asset: names for asset, names in pools.items() if names} == {
        "arxiv_papers": {"arxiv"},
        "datacite_papers": {"datacite"},
        "github_repositories": {"github"},
        "github_star_history": {"github"},
        "hub_papers": {"hugging_face"},
        "hub_resources": {"hugging_face"},
        "semantic_scholar_papers": {"semantic_scholar"},
    }


def test_a_pool_takes_one_run_and_a_step_waits_for_none():
    with open_instance() as instance:
        config = instance.get_concurrency_config().pool_config
        assert (config.default_pool_limit, config.pool_granularity and config.pool_granularity.value) == (1, "run")


def test_jobs_say_what_they_cover():
    tags = {name: defs.resolve_job_def(name).tags["papers/scope"] for name in ("daily_run", "enrichment")}
    assert tags == {"daily_run": "days", "enrichment": "due"}


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


CONDITION = next(spec for spec in defs.resolve_all_asset_specs() if spec.key.path == ["report"]).automation_condition


@dg.asset
def published_warehouse() -> None: ...


@dg.asset(deps=[published_warehouse], automation_condition=CONDITION)
def report() -> None: ...


PAIR = dg.Definitions(assets=[published_warehouse, report])


def evaluate(instance: dg.DagsterInstance, cursor: Any) -> dg.EvaluateAutomationConditionsResult:
    """Look as the sensor of the condition does."""
    return dg.evaluate_automation_conditions(PAIR, instance, dg.AssetSelection.assets("report"), cursor=cursor)


def test_the_report_is_drawn_for_a_file_that_was_published_without_it_and_once(instance):
    dg.materialize([published_warehouse, report], instance=instance)
    first = evaluate(instance, None)
    assert first.total_requested == 0, "both came from one run"
    dg.materialize([published_warehouse], instance=instance)
    second = evaluate(instance, first.cursor)
    assert second.total_requested == 1
    dg.materialize([published_warehouse, report], instance=instance, selection=[report])
    dg.materialize([published_warehouse, report], instance=instance)
    assert evaluate(instance, second.cursor).total_requested == 0


class Holder:
    """Another program that has a private file open."""

    def __init__(self, path: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout and self.process.stdout.readline() == "held\n"

    def close(self) -> None:
        if self.process.returncode is None:
            self.process.communicate("\n")


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Holder]:
    from pipeline.core.settings import read_settings

    warehouse = empty_warehouse(read_settings().warehouse_dir)
    warehouse.refresh()
    monkeypatch.setattr(resources, "RETRY_SECONDS", 0)
    holder = Holder(str(warehouse.private.build))
    yield holder
    holder.close()


def test_a_step_is_tried_again_while_another_program_has_a_private_file_open(instance, held):
    tries: list[int] = []

    @dg.asset
    def asking(context: dg.AssetExecutionContext, session: Session) -> None:
        tries.append(context.op_execution_context.retry_number)
        if len(tries) == 3:
            held.close()
        session.warehouse.rows("status", "waiting")

    assert dg.materialize([asking], instance=instance, resources={"session": Session()}).success
    assert tries == [0, 1, 2]


def test_a_file_that_stays_open_fails_the_run_with_its_reason(instance, held):
    @dg.asset
    def asking(session: Session) -> None:
        session.warehouse.rows("status", "waiting")

    result = dg.materialize([asking], instance=instance, resources={"session": Session()}, raise_on_error=False)
    [reason] = read_run_end(instance, result.dagster_run).failures
    assert "a file is open in another program; close it" in reason


def test_nothing_else_is_tried_again(instance):
    tries: list[int] = []

    @dg.asset
    def asking(session: Session) -> None:
        tries.append(1)
        raise WarehouseError("raw/ has no file: mount it")

    result = dg.materialize([asking], instance=instance, resources={"session": Session()}, raise_on_error=False)
    assert not result.success and tries == [1]
