"""Ctrl-C ends a run at once: it starts nothing new, keeps what came, and says so."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from pipeline.commands.interrupt import Commands
from pipeline.commands.job import STOPPED
from pipeline.commands.run import INTERRUPTED
from pipeline.standin import Standin

ROOT = Path(__file__).parents[2]


def test_ctrl_c_ends_a_run_without_another_request_and_keeps_what_came(tmp_path: Path):
    with Standin() as standin:
        standin.fail("/api/query", 500)  # so that the run is at work for a while: it tries again
        environment = {
            **os.environ,
            **standin.environment,
            "PYTHONPATH": str(ROOT),
            "WAREHOUSE_DIR": str(tmp_path / "warehouse"),
            "DAGSTER_HOME": str(tmp_path / "dagster"),
            "GITHUB_TOKEN": "",
        }
        command = [sys.executable, "-m", "pipeline", "backfill", "--from", "2025-03-10", "--to", "2025-03-14"]
        with subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as run:
            ends = time.monotonic() + 120
            while not standin.asked("/api/query") and run.poll() is None and time.monotonic() < ends:
                time.sleep(0.05)
            run.send_signal(signal.SIGINT)
            before = len(standin.requests)
            _, said = run.communicate(timeout=120)
        assert run.returncode == INTERRUPTED, said
        assert said.splitlines()[-1] == f"papers: {STOPPED}"
        assert len(standin.requests) <= before + 1  # one that was on its way
    assert list((tmp_path / "warehouse" / "raw").rglob("*.*"))
    assert not (tmp_path / "warehouse" / "papers.duckdb").exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("Query interrupted")])
def test_ctrl_c_ends_a_command_with_one_line(error: BaseException):
    """The second is what DuckDB makes of Ctrl-C while it hands over rows."""
    commands = Commands("papers")

    @commands.command()
    def query() -> None:
        raise error

    ended = CliRunner().invoke(commands, ["query"])
    assert (ended.exit_code, ended.output) == (INTERRUPTED, "papers: stopped by Ctrl-C\n")


def test_another_error_of_a_command_is_told_as_it_is():
    commands = Commands("papers")

    @commands.command()
    def query() -> None:
        raise RuntimeError("a fault of ours")

    assert str(CliRunner().invoke(commands, ["query"]).exception) == "a fault of ours"


def test_ctrl_c_ends_a_command_that_has_just_begun_with_one_line(tmp_path: Path):
    (tmp_path / "click.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGINT)")
    ended = subprocess.run(
        [sys.executable, "-c", "from pipeline.__main__ import start; start()"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ended.returncode, ended.stderr) == (INTERRUPTED, "papers: stopped by Ctrl-C\n")


def test_ctrl_c_ends_a_query_in_the_middle_of_a_join(tmp_path: Path):
    """DuckDB itself looks for signals between its tasks only, and one task joins these rows for hours."""
    (tmp_path / "warehouse").mkdir()
    duckdb.connect(tmp_path / "warehouse" / "papers.duckdb").close()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "WAREHOUSE_DIR": str(tmp_path / "warehouse")}
    numbers = "from range(1000000) a, range(1000000) b, range(1000) c where a.range + b.range + c.range = 7"
    command = [sys.executable, "-m", "pipeline", "query", f"select 1; select count(*) {numbers}"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as query:
        assert query.stdout
        query.stdout.readline()  # the first statement is answered, so the second runs
        time.sleep(1)
        query.send_signal(signal.SIGINT)
        try:
            _, said = query.communicate(timeout=120)
        finally:
            query.kill()
    assert (query.returncode, said) == (INTERRUPTED, "papers: stopped by Ctrl-C\n")
