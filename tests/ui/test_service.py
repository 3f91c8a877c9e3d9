"""`papers ui` from its start to its end: what is in use is named, a run that died holds up nobody, nothing is left."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster_ui import ENDED, DagsterUi, free_port, papers_ui, processes_of, wait_for
from loopback import Loopback, Reply, serve

from pipeline.core.errors import UiError
from pipeline.standin import Standin
from pipeline.ui import service

DAY = "2025-03-20"


@pytest.fixture
def home() -> Path:
    return Path(os.environ["DAGSTER_HOME"])


def test_a_port_in_use_is_named_before_anything_starts(home: Path) -> None:
    told: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            UiError, match=f"^port {port} is in use by another program: .*`papers ui --port {port + 1}`$"
        ):
            service.serve(port, told.append)
    assert told == [] and not home.exists()


def test_the_next_port_is_one() -> None:
    assert (service.other(3000), service.other(65535)) == (3001, 3000)


def test_a_second_ui_of_a_history_is_refused_and_told_where_the_first_is() -> None:
    with service.hold_history("http://127.0.0.1:3000"):
        with pytest.raises(UiError, match=rf"already: http://127\.0\.0\.1:3000, process {os.getpid()}$"):
            service.serve(free_port(), print)
        with pytest.raises(UiError), service.hold_history("http://127.0.0.1:3001"):
            pass
    with service.hold_history("http://127.0.0.1:3001"):
        pass


def test_a_link_in_the_place_of_the_note_is_not_followed(tmp_path: Path, home: Path) -> None:
    home.mkdir()
    (tmp_path / "mine").write_text("mine")
    (home / ".ui").symlink_to(tmp_path / "mine")
    with pytest.raises(UiError, match=r"\.ui cannot be used"), service.hold_history("http://127.0.0.1:3000"):
        pass
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_port_that_was_refused_is_free_again() -> None:
    port = free_port()
    with service.hold_history("http://127.0.0.1:1"), pytest.raises(UiError):
        service.serve(port, print)
    service.listen(port).close()


@pytest.fixture
def silent() -> Iterator[Loopback]:
    """An archive that does not answer before the test ends."""
    over = threading.Event()
    with serve(lambda _: Reply(404) if over.wait(600) else Reply(503)) as server:
        yield server
        over.set()


def status_of(run_id: str) -> str:
    with dg.DagsterInstance.from_config(os.environ["DAGSTER_HOME"]) as instance:
        run = instance.get_run_by_id(run_id)
        assert run is not None
        return run.status.value


@pytest.mark.ui
def test_ctrl_c_ends_all_cancels_the_run_under_way_and_starts_nothing(
    silent: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVE_BASE_URL", silent.url)
    port, log = free_port(), tmp_path / "log"
    with papers_ui(port, {}, log) as process:
        ui = DagsterUi(port)
        wait_for(ui.is_ready, "the UI to start")
        first = ui.launch_run(DAY)
        wait_for(lambda: bool(silent.asked), "the run to ask")
        second = ui.launch_run(DAY)
        assert (ui.status(first), ui.status(second)) == ("STARTED", "QUEUED")
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 0, log.read_text()
        assert processes_of(process.pid) == {}
    assert (status_of(first), status_of(second)) == ("CANCELED", "QUEUED")
    lines = [line for line in log.read_text().splitlines() if not line.startswith("\x1b")]
    assert lines[0].startswith("Dagster starts") and f"http://127.0.0.1:{port}  (stop with Ctrl-C)" in lines


@pytest.mark.ui
def test_a_run_that_died_holds_up_no_other_and_a_daemon_that_dies_ends_the_ui(
    silent: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, log = free_port(), tmp_path / "log"
    with Standin() as standin:
        standin.allow(5000, "anonymous")
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        with papers_ui(port, {}, log) as process:
            ui = DagsterUi(port)
            wait_for(ui.is_ready, "the UI to start")
            killed = kill_a_run(silent)
            assert status_of(killed) == "STARTED"
            after = ui.launch_run(DAY)
            wait_for(lambda: ui.status(after) in ENDED, "the run behind it to end")
            assert (ui.status(killed), ui.status(after)) == ("FAILURE", "SUCCESS")
            [daemon] = [pid for pid, words in processes_of(process.pid).items() if "dagster._daemon" in words]
            os.kill(daemon, signal.SIGKILL)
            assert process.wait(120) == 1
            assert processes_of(process.pid) == {}
    assert re.search(r"^papers: the daemon of Dagster has ended by itself \(SIGKILL\)", log.read_text(), re.MULTILINE)


def kill_a_run(silent: Loopback) -> str:
    """Kill a `papers run` that waits for an answer, and return its id: the history takes it for one in progress."""
    papers = [sys.executable, "-m", "pipeline", "run", "--date", DAY]
    settings = {**os.environ, "ARCHIVE_BASE_URL": silent.url}
    with subprocess.Popen(papers, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        wait_for(lambda: bool(silent.asked) or process.poll() is not None, "the run to ask")
        process.kill()
    with dg.DagsterInstance.from_config(os.environ["DAGSTER_HOME"]) as instance:
        [run] = instance.get_runs()
        return run.run_id
