"""A folder is replaced in one step, or put back by the next process. What a dead one left goes, and nothing else."""

import errno
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.core import folders
from pipeline.core.errors import WarehouseError
from pipeline.core.folders import replacing_folder

# Replaces the folder argv[1]; dies where it moves the folder into place, or while it writes, or waits for a line.
BUILD = """
import os, sys
from pathlib import Path
from pipeline.core import folders

def die(*_, **__):
    os.kill(os.getpid(), 9)

to, how = Path(sys.argv[1]), sys.argv[2]
rename = Path.rename
if how == "between":
    folders.exchange = lambda one, other: False
    Path.rename = lambda self, to: die() if self.suffix == ".part" else rename(self, to)
with folders.replacing_folder(to, lambda to: None) as part:
    (part / "page").write_text("new")
    if how == "writing":
        die()
    if how == "waiting":
        print("here", flush=True)
        input()
    if how == "exchanged":
        folders.shutil.rmtree = die
"""


def build(to: Path, how: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", BUILD, str(to), how], stdin=pipe, stdout=pipe, text=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "page").write_text("old")
    return tmp_path / "site"


def nothing(to: Path) -> None:
    """Let every folder be replaced."""


@pytest.mark.parametrize(
    ("how", "after", "mended"), [("writing", "old", "old"), ("between", None, "old"), ("exchanged", "new", "new")]
)
def test_a_build_that_is_killed_leaves_a_whole_folder_at_the_latest_when_the_next_one_begins(
    folder: Path, how: str, after: str | None, mended: str
) -> None:
    if how == "exchanged" and sys.platform != "linux":
        pytest.skip("only Linux is asked to exchange folders")
    with build(folder, how) as killed:
        assert killed.wait(60) == -signal.SIGKILL
    assert len(list(folder.parent.iterdir())) > 1
    assert (folder / "page").read_text() == after if after else not folder.exists()
    with pytest.raises(WarehouseError, match="No space left"), replacing_folder(folder, nothing) as part:
        assert (folder / "page").read_text() == mended
        assert [path for path in folder.parent.iterdir() if path not in (folder, part)] == []
        raise OSError(28, "No space left on device")
    assert [(path.name, (path / "page").read_text()) for path in folder.parent.iterdir()] == [("site", mended)]


def test_what_a_build_that_is_at_work_has_written_stays(folder: Path) -> None:
    with build(folder, "waiting") as other:
        assert other.stdout is not None and other.stdout.readline() == "here\n"
        with replacing_folder(folder, nothing) as part:
            (part / "page").write_text("mine")
        assert (folder / "page").read_text() == "mine" and len(list(folder.parent.iterdir())) == 2
        other.communicate("\n", timeout=60)
    assert other.returncode == 0 and (folder / "page").read_text() == "new"
    assert list(folder.parent.iterdir()) == [folder]


def test_what_others_put_beside_the_folder_stays(folder: Path) -> None:
    with replacing_folder(folder, nothing) as part:
        name = part.name.removesuffix(".part")
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    (folder.parent / f"{name}.part").symlink_to(elsewhere)
    (folder.parent / f"{name}.old").write_text("mine")
    (folder.parent / ".00000000.0123456789abcdef.part").mkdir()
    before = sorted(folder.parent.iterdir())
    with replacing_folder(folder, nothing) as part:
        (part / "page").write_text("new")
    assert sorted(folder.parent.iterdir()) == before


def test_the_only_copy_of_a_folder_stays_where_it_is_if_it_cannot_be_put_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with build(folder, "between") as killed:
        killed.wait(60)
    (left,) = [path for path in folder.parent.iterdir() if (path / "page").read_text() == "old"]

    def refuse(self: Path, target: Path) -> Path:
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(WarehouseError, match="Permission denied"), replacing_folder(folder, nothing):
        pass
    assert (left / "page").read_text() == "old"


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the clock be later."""
    monkeypatch.setattr(folders.time, "time", lambda now=time.time: now() + seconds)


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the file system have no locks, as some of a network."""

    def refuse(descriptor: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(folders.fcntl, "flock", refuse)


@pytest.mark.parametrize(("seconds", "is_mended"), [(0, False), (3_600, True)])
def test_without_locks_a_folder_that_was_moved_aside_is_put_back_once_nobody_can_be_at_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, is_mended: bool
) -> None:
    with build(folder, "between") as killed:
        killed.wait(60)
    without_locks(monkeypatch)
    later(monkeypatch, seconds)
    with pytest.raises(WarehouseError, match="full"), replacing_folder(folder, nothing):
        raise OSError(28, "full")
    assert folder.exists() is is_mended
    assert not is_mended or (folder / "page").read_text() == "old"


@pytest.mark.parametrize(("seconds", "is_there"), [(0, True), (3_600, False)])
def test_a_folder_of_a_process_that_died_before_it_held_it_goes_once_it_is_old(
    folder: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, is_there: bool
) -> None:
    left = folder.with_name(f"{folders.prefix(folder)}0123456789abcdef.new")
    left.mkdir()
    later(monkeypatch, seconds)
    with replacing_folder(folder, nothing) as part:
        (part / "page").write_text("new")
    assert left.exists() is is_there


@pytest.mark.parametrize("can_exchange", [True, False])
def test_what_somebody_puts_into_the_old_folder_after_the_last_look_is_not_lost(
    folder: Path, monkeypatch: pytest.MonkeyPatch, can_exchange: bool
) -> None:
    looks: list[Path] = []

    def look(path: Path) -> None:
        if (path / "mine").exists():
            raise WarehouseError(f"{path} has files of others")
        looks.append(path)
        if len(looks) == 2:
            (path / "mine").write_text("precious")

    if not can_exchange:
        monkeypatch.setattr(folders, "exchange", lambda one, other: False)
    with pytest.raises(WarehouseError, match=f"{folder} has files of others"), replacing_folder(folder, look) as part:
        (part / "page").write_text("new")
    assert (folder / "mine").read_text() == "precious" and (folder / "page").read_text() == "old"
    assert list(folder.parent.iterdir()) == [folder]
