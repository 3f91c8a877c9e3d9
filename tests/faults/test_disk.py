"""Disks that are full or read-only: a file system of our own, mounted for the test where that is allowed."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import FAULTY_DAYS

from pipeline.cli import main
from pipeline.core.errors import PipelineError

ROOM_LEFT_KILOBYTES = (0, 400, 1500, 4000, 9000)  # from the first raw file to the new generation
DISK_MEGABYTES = 64


def mount(*arguments: str) -> None:
    try:
        subprocess.run(["mount", *arguments], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no file system can be mounted here, which takes root: {error}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", str(folder))
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, but_kilobytes: int) -> Path:
    """Leave so much room on a disk and no more."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(256 * 1024))
        except OSError:
            size = file.tell()
    with ballast.open("r+b") as file:
        file.truncate(size - but_kilobytes * 1024)
    return ballast


@pytest.mark.parametrize("room", ROOM_LEFT_KILOBYTES)
def test_a_disk_that_fills_up_stops_the_run_and_spoils_nothing(lab, calm, disk, room):
    lab.move_to(disk / "warehouse")
    ballast = fill(disk, room)
    if room == ROOM_LEFT_KILOBYTES[0] or room == ROOM_LEFT_KILOBYTES[-1]:
        failures = lab.run(*FAULTY_DAYS).failures
        assert failures
        assert all("make room" in text for text in failures), failures
    else:  # where between them it breaks off, nothing of Dagster's is at work
        with pytest.raises(PipelineError, match="make room"):
            lab.run_plainly(*FAULTY_DAYS)
    lab.note("disk full")
    lab.assert_readers_are_well()
    ballast.unlink()
    lab.assert_calm_run_makes_up(calm)


def test_a_read_only_folder_is_named_and_can_still_be_read(lab, calm, disk, monkeypatch, capsys):
    lab.move_to(disk / "warehouse")
    mount("-o", "remount,ro", str(disk))
    outcome = lab.run(*FAULTY_DAYS)
    assert [f"{lab.warehouse.folder} cannot be written" in text for text in outcome.failures] == [True]
    lab.note("read-only folder")
    lab.assert_readers_are_well()
    for arguments in (["status"], ["query", "select count(*) as n from fct_listing", "--format", "csv"]):
        monkeypatch.setattr("sys.argv", ["papers", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0, capsys.readouterr().err
    mount("-o", "remount,rw", str(disk))
    lab.assert_calm_run_makes_up(calm)
