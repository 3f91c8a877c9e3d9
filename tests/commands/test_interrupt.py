"""Ctrl-C ends a run at once: it starts nothing new, keeps what came, and says so."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

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
