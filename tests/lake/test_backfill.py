"""A long backfill of a lake: many runs, which Dagster's daemon starts side by side, with its history on PostgreSQL."""

import subprocess
import sys
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster_ui import dagster_ui, wait_for
from hosts import Lake, Postgres, finish, papers

from pipeline.standin import Standin
from pipeline.standin.arxiv import PATH

DEPLOY = Path(__file__).parents[2] / "deploy"
# A run's process is a host of its own, as a launcher's container is: what stands at the path of the warehouse is a disk
# that no other one sees. Where mounts are not allowed, each has a path of its own.
OWN_DISK = """
import ctypes, os
libc = ctypes.CDLL(None)
path, own = os.environ["WAREHOUSE_DIR"], f"{os.environ['DISKS']}/{os.getpid()}"
os.makedirs(path, exist_ok=True)
os.makedirs(own, exist_ok=True)
NEW_NAMESPACE, RECURSIVE, PRIVATE, BIND = 0x20000, 0x4000, 0x40000, 0x1000
is_mounted = (
    libc.unshare(NEW_NAMESPACE) == 0
    and libc.mount(b"none", b"/", None, RECURSIVE | PRIVATE, None) == 0
    and libc.mount(own.encode(), path.encode(), None, BIND, None) == 0
)
if not is_mounted:
    os.environ["WAREHOUSE_DIR"] = own
"""
ENDS = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
POOLS = ("arxiv", "datacite", "github", "hugging_face", "semantic_scholar")
POLICY = """
from pipeline.defs.code_location import defs
print(*(defs.resolve_job_def("daily_run").backfill_policy), sep=" ")
"""


def policy(environment: Mapping[str, str]) -> str:
    return finish(
        subprocess.Popen([sys.executable, "-c", POLICY], env=dict(environment), stdout=subprocess.PIPE, text=True)
    ).strip()


def test_a_range_is_one_run_unless_there_is_a_lake(lake: Lake) -> None:
    environment = lake.host()
    assert policy(environment) == "31"
    del environment["WAREHOUSE_CATALOG"]
    assert policy(environment) == "None"


def home_of(lake: Lake, postgres: Postgres) -> dict[str, str]:
    """A home for Dagster as in deploy/, with the word of a launcher on how many runs there may be."""
    home = lake.folder / "dagster"
    (home / "code").mkdir(parents=True)
    (home / "code" / "sitecustomize.py").write_text(OWN_DISK)
    settings = yaml.safe_load((DEPLOY / "dagster.yaml").read_text("utf-8"))
    launcher = yaml.safe_load((DEPLOY / "launchers" / "docker.yaml").read_text("utf-8"))
    (home / "dagster.yaml").write_text(yaml.safe_dump({**settings, "concurrency": launcher["concurrency"]}))
    postgres.create("history")
    return {
        "DAGSTER_HOME": str(home),
        "DAGSTER_LOGS": str(home / "logs"),
        "DISKS": str(lake.folder / "disks"),
        "WAREHOUSE_DIR": str(lake.folder / "warehouse"),
        "PYTHONPATH": str(home / "code"),
        "POSTGRES_HOST": "127.0.0.1",
        "POSTGRES_PORT": str(postgres.port),
        "POSTGRES_USER": "papers",
        "POSTGRES_PASSWORD": "any",
        "POSTGRES_DB": "history",
    }


def test_a_long_backfill_is_a_run_a_month_side_by_side_with_one_asking_services(
    lake: Lake, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("dagster_postgres")
    days = [(date(2025, 2, 1) + timedelta(days=n)).isoformat() for n in range(59)]
    with Standin() as standin:
        standin.allow(5000, "anonymous")
        for name, value in {**standin.environment, "GITHUB_TOKEN": "", **home_of(lake, postgres)}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("ARXIV_INTERVAL_SECONDS", "3")
        with dg.DagsterInstance.get() as history:
            for pool in POOLS:  # as docs/scale.md says: Dagster fails one of two runs that make a pool at once
                history.event_log_storage.set_concurrency_slots(pool, 1)
        with dagster_ui({}, lake.folder / "ui.log") as ui:
            wait_for(ui.is_ready, "the UI")
            backfill = ui.finished_backfill(ui.launch_backfill(days))
            runs = ui.runs()
        asked = [request.at for request in standin.asked(PATH)]
    assert backfill["status"] == "COMPLETED_SUCCESS", (lake.folder / "ui.log").read_text()[-3000:]
    tags = [{tag["key"]: tag["value"] for tag in run["tags"]} for run in runs]
    assert sorted(tuple(each[end] for end in ENDS) for each in tags) == [(days[0], days[30]), (days[31], days[-1])]
    assert max(run["startTime"] for run in runs) < min(run["endTime"] for run in runs)
    assert len(asked) >= 2 and min((after - before).total_seconds() for before, after in pairwise(asked)) >= 3
    assert lake.ask("select exchange_id from staging.exchange group by exchange_id having count(*) > 1") == []
    assert "196" in finish(papers(lake.host(), "query", "select count(*) from fct_listing"))


def test_a_range_of_months_from_the_command_line_is_one_run_as_ever(lake: Lake) -> None:
    with Standin() as standin:
        host = {**lake.host(), **standin.environment}
        assert "published" in finish(papers(host, "backfill", "--from", "2025-01-20", "--to", "2025-02-25"))
        assert "true" in finish(papers(host, "query", "select count(distinct date_key) >= 2 from fct_listing"))
