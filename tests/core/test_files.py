"""Whatever lies where we read or write: nothing is waited for, and nobody's link is followed."""

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.core.files import forbid_world_writing, new_part, open_plain, read_plain, replacing


@pytest.fixture
def umask() -> Iterator[None]:
    """No umask at all, as in a container that somebody set up in a hurry."""
    before = os.umask(0)
    yield
    os.umask(before)


def make(kind: str, path: Path) -> None:
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()


@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "folder"])
def test_what_is_no_file_is_refused_and_never_waited_for(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    make(kind, Path("here"))
    with pytest.raises(OSError, match=r"not an ordinary file|No such device|Is a directory"):
        read_plain(Path("here"))


def test_a_file_is_read_whole_also_through_a_link(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("file")
    assert read_plain(tmp_path / "file") == read_plain(tmp_path / "link") == b"abc"
    with pytest.raises(OSError, match="symbolic links"):
        open_plain(tmp_path / "link", os.O_RDWR | os.O_NOFOLLOW)


def test_two_parts_have_two_names(tmp_path: Path):
    assert new_part(tmp_path) != new_part(tmp_path)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path):
    path = tmp_path / "file"
    with replacing(path) as part:
        part.write_text("first")
    with pytest.raises(ZeroDivisionError), replacing(path) as part:
        part.write_text("half")
        part.write_text(str(1 / 0))
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("file", "first")]


def test_a_link_is_replaced_and_what_it_leads_to_is_left_alone(tmp_path: Path):
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "file").symlink_to("precious")
    with replacing(tmp_path / "file") as part:
        part.write_text("new")
    assert ((tmp_path / "precious").read_text(), (tmp_path / "file").read_text()) == ("mine", "new")


@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "folder", "output"])
def test_what_is_no_file_is_not_replaced_by_one(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    here = Path("here")
    if kind == "output":  # /dev/stdout is such a link
        here.symlink_to("/proc/self/fd/1")
    else:
        make(kind, here)
    before = here.lstat()
    with pytest.raises(OSError, match=r"not an ordinary file: 'here'"), replacing(here):
        pytest.fail("there is nothing to write to")
    assert here.lstat() == before
    assert list(Path().iterdir()) == [here]


def test_a_link_that_leads_nowhere_is_replaced(tmp_path: Path):
    (tmp_path / "file").symlink_to("gone")
    with replacing(tmp_path / "file") as part:
        part.write_text("new")
    assert (tmp_path / "file").read_text() == "new" and not (tmp_path / "gone").exists()


@pytest.mark.usefixtures("umask")
def test_without_a_umask_everybody_reads_and_nobody_else_writes(tmp_path: Path):
    forbid_world_writing()
    with replacing(tmp_path / "file") as part:
        part.write_text("x")
    (tmp_path / "folder").mkdir()
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o664
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o775


def test_a_umask_is_never_loosened(tmp_path: Path):
    before = os.umask(0o077)
    try:
        forbid_world_writing()
        assert stat.S_IMODE(new_part(tmp_path).stat().st_mode) == 0o600
    finally:
        os.umask(before)
