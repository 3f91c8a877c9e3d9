"""The lock's file: whoever looks disturbs no writer, and what somebody else has put there does no harm."""

import fcntl
import json
import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from pipeline.core.errors import WarehouseError
from pipeline.core.terminal import harmless
from pipeline.warehouse import lock

TRIES = 300


def look_until_told(folder: str, started: object, told: object) -> None:
    started.set()  # pyright: ignore[reportAttributeAccessIssue]
    while not told.is_set():  # pyright: ignore[reportAttributeAccessIssue]
        lock.find_holder(Path(folder))


def test_a_writer_that_does_not_wait_is_never_refused_because_somebody_looks(tmp_path: Path):
    processes = multiprocessing.get_context("spawn")
    started, told = processes.Event(), processes.Event()
    with lock.hold(tmp_path, "first"):
        looker = processes.Process(target=look_until_told, args=(str(tmp_path), started, told))
        looker.start()
        started.wait()
    refused = 0
    for _ in range(TRIES):
        try:
            with lock.hold(tmp_path, "me", wait_seconds=0):
                pass
        except WarehouseError:
            refused += 1
    told.set()
    looker.join()
    assert refused == 0


def test_a_holder_is_seen_also_where_a_look_takes_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.platform", "darwin")
    assert lock.find_holder(tmp_path) is None
    with lock.hold(tmp_path, "me"):
        assert "(me, since" in (lock.find_holder(tmp_path) or "")
    assert lock.find_holder(tmp_path) is None


def test_a_planted_link_is_not_followed(tmp_path: Path):
    precious = tmp_path / "precious"
    precious.write_text("mine")
    folder = tmp_path / "warehouse"
    folder.mkdir()
    for target in (precious, tmp_path / "to be made"):
        (folder / ".lock").unlink(missing_ok=True)
        (folder / ".lock").symlink_to(target)
        with pytest.raises(WarehouseError, match=r"\.lock cannot be used .*: remove it"), lock.hold(folder, "me"):
            pass
        assert lock.find_holder(folder) is None
    assert precious.read_text() == "mine"
    assert not (tmp_path / "to be made").exists()


def test_a_pipe_for_a_lock_is_refused_and_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / ".lock")
    assert lock.find_holder(tmp_path) is None
    assert lock.describe_holder(tmp_path / ".lock") == "an unknown process"
    with pytest.raises(WarehouseError, match="not an ordinary file"), lock.hold(tmp_path, "me"):
        pass


@pytest.mark.parametrize(
    "note",
    [
        json.dumps({"pid": "\x1b[2J1", "purpose": "\x9b31m\u202eevil\nforged", "since": "now"}),
        json.dumps({"pid": 1, "purpose": "x" * 100_000, "since": "now"}),
        "[" * 100_000,
        "[1]",
        "7",
        "\udcff",
    ],
)
def test_what_a_lock_file_says_is_one_harmless_line(note: str, tmp_path: Path):
    path = tmp_path / ".lock"
    path.write_bytes(note.encode("utf-8", "surrogateescape"))
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(WarehouseError) as told, lock.hold(tmp_path, "me", wait_seconds=0):
            pass
    for text in (lock.describe_holder(path), str(told.value).partition("written by ")[2]):
        assert harmless(text) == text
        assert "\n" not in text
        assert len(text) < lock.NOTE_BYTES + 100


def test_without_a_umask_nothing_of_a_warehouse_is_writable_by_everybody(tmp_path: Path):
    before = os.umask(0)
    try:
        with lock.hold(tmp_path / "warehouse", "me"):
            (tmp_path / "warehouse" / "private").mkdir()
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "warehouse", *tmp_path.rglob("*"))}
    assert not [path for path, mode in modes.items() if mode & 0o002]
