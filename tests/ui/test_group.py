"""Processes that are started together and end together, whoever ends first and however."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.errors import UiError
from pipeline.ui.group import Group, wait_until
from pipeline.ui.service import wait

PATIENCE_SECONDS = 60
# A process that will not hear of an end, and has started another like it. They say who they are in a folder.
STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if len(sys.argv) == 2:
    subprocess.Popen([sys.executable, __file__, sys.argv[1], "child"])
open(os.path.join(sys.argv[1], str(os.getpid())), "w").close()
time.sleep(600)
"""
POLITE = "import pathlib, sys, time; pathlib.Path(sys.argv[1], 'polite').touch(); time.sleep(600)"
FAILING = "raise SystemExit(3)"
PARENT = """
import sys, time
from pipeline.ui.group import Group
Group().start("polite", "polite", sys.argv[1])
time.sleep(600)
"""


@pytest.fixture
def pids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which processes say who they are; the modules that they run are found."""
    for name, text in (("stubborn", STUBBORN), ("polite", POLITE), ("failing", FAILING)):
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    folder = tmp_path / "pids"
    folder.mkdir()
    return folder


def files(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


def wait_for(is_true: Callable[[], bool]) -> None:
    assert wait_until(is_true, PATIENCE_SECONDS)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc here")
def test_nothing_is_left_of_a_group_not_even_what_refuses_to_end(pids: Path) -> None:
    with Group() as group:
        group.start("polite", "polite", str(pids))
        group.start("stubborn", "stubborn", str(pids))
        wait_for(lambda: len(files(pids)) == 3)
        group.stop_all(0.2)
        started = [int(name) for name in files(pids) if name.isdigit()]
        assert all(is_alive(pid) for pid in started)
    wait_for(lambda: not any(is_alive(pid) for pid in started))


def test_one_process_ends_and_the_others_go_on(pids: Path) -> None:
    with Group() as group:
        group.start("stubborn", "stubborn", str(pids))
        group.start("polite", "polite", str(pids))
        wait_for(lambda: "polite" in files(pids))
        group.stop("polite", PATIENCE_SECONDS)
        assert group.ended() == ("polite", -signal.SIGTERM)
        wait_for(lambda: len(files(pids)) == 3)
        group.stop("stubborn", 0.2)
        wait_for(lambda: group.ended() == ("stubborn", -signal.SIGKILL))
        group.stop("never started", 0.2)


def test_a_process_that_ends_by_itself_is_named_with_its_status(pids: Path) -> None:
    with Group() as group, pytest.raises(UiError, match=r"the daemon of Dagster has ended by itself \(status 3\)"):
        group.start("webserver", "polite", str(pids))
        group.start("daemon", "failing")
        wait(group, lambda: False)


def test_the_processes_end_with_who_started_them_also_if_that_is_killed(pids: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(pids)]
    with subprocess.Popen(command, start_new_session=True) as parent:
        wait_for(lambda: "polite" in files(pids))
        group = next(pid for pid in children(parent.pid))
        parent.kill()
    wait_for(lambda: not is_alive(group))


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    if not found.exists():
        pytest.skip("no list of children here")
    return [int(each) for each in found.read_text().split()]


def test_ctrl_c_in_a_terminal_reaches_us_alone(pids: Path) -> None:
    with Group() as group:
        group.start("polite", "polite", str(pids))
        group.start("stubborn", "stubborn", str(pids))
        wait_for(lambda: len(files(pids)) == 3)
        groups = {os.getpgid(int(name)) for name in files(pids) if name.isdigit()}
        assert len(groups) == 1 and os.getpgrp() not in groups
