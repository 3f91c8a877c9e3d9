"""Private files that are gone, damaged, of another time or of somebody else: they come back from raw by themselves."""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from lab import EARLIER_DAYS, Lab, assert_equal, read_rows

from pipeline.read.query import open_published


def overwrite(file: Path, begin: int, size: int) -> None:
    with file.open("r+b") as stream:
        stream.seek(begin)
        stream.write(random.Random(begin).randbytes(size))


def write_elsewhere(file: Path) -> None:
    """A DuckDB file, but with tables of somebody else."""
    file.unlink()
    with duckdb.connect(str(file)) as connection:
        connection.execute("create table fct_listing (note varchar); insert into fct_listing values ('mine')")


def make_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "deleted": Path.unlink,
    "emptied": lambda file: os.truncate(file, 0),
    "cut short": lambda file: os.truncate(file, file.stat().st_size // 2),
    "garbage": lambda file: file.write_bytes(random.Random(1).randbytes(100_000)),
    "a text": lambda file: file.write_text("not a database\n" * 500),
    "header overwritten": lambda file: overwrite(file, 0, 4096 * 3),
    "one block overwritten": lambda file: overwrite(file, 4096 * 3 + 500, 64),
    "all blocks overwritten": lambda file: overwrite(file, 4096 * 3, file.stat().st_size - 4096 * 3),
    "another database": write_elsewhere,
    "a folder": make_folder,
}


@pytest.mark.parametrize("name", ["staging.duckdb", "build.duckdb"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_private_file_is_made_again_from_raw(lab, name, damage):
    before = read_rows(lab.warehouse.published, whole=True)
    file = lab.warehouse.private.folder / name
    was = file.read_bytes()
    DAMAGES[damage](file)
    assert not file.is_file() or file.read_bytes() != was
    lab.note(f"private file: {name} {damage}")
    lab.warehouse.refresh()
    assert not any(rows for check, rows in lab.warehouse.check().items() if check.endswith("_grain"))
    lab.warehouse.publish()
    assert file.read_bytes() != was or damage == "one block overwritten"
    assert_equal(read_rows(lab.warehouse.published, whole=True), before)


def test_a_whole_run_on_damaged_private_files_ends_as_if_nothing_had_been(lab, calm):
    for file in (lab.warehouse.private.build, lab.warehouse.private.staging):
        overwrite(file, 4096 * 3, file.stat().st_size // 2)
        lab.note("private file: half overwritten before a run")
    lab.assert_calm_run_makes_up(calm, plainly=False)


def test_no_offset_of_damage_reaches_a_reader(lab):
    before = read_rows(lab.warehouse.published, whole=True)
    whole = {file: file.read_bytes() for file in (lab.warehouse.private.build, lab.warehouse.private.staging)}
    for file, content in whole.items():
        for begin in range(0, len(content), len(content) // 8):
            for each, its_content in whole.items():
                each.write_bytes(its_content)
            overwrite(file, begin, 64)
            assert file.read_bytes() != content
            lab.note("private file: overwritten somewhere")
            lab.warehouse.refresh()
            lab.warehouse.check()
            lab.warehouse.publish()
            assert_equal(read_rows(lab.warehouse.published, whole=True), before)


@pytest.mark.parametrize("name", ["staging.duckdb", "build.duckdb"])
def test_a_write_ahead_log_of_another_time_is_not_believed(lab, calm, name):
    file = lab.warehouse.private.folder / name
    stale = make_log(lab, file)
    log = file.with_name(name + ".wal")
    log.write_bytes(stale)
    lab.note(f"stale log beside {name}")
    lab.assert_calm_run_makes_up(calm)


def make_log(lab: Lab, file: Path) -> bytes:
    """The log that a kill would have left, had the file been another one then."""
    copy = lab.folder / "older" / file.name
    copy.parent.mkdir()
    shutil.copyfile(file, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("create table older as select range as number from range(1000)")
        connection.execute("checkpoint")
        connection.execute("pragma disable_checkpoint_on_shutdown")
        connection.execute("set wal_autocheckpoint = '1GB'")
        connection.execute("insert into older select range from range(1000)")
        stale = copy.with_name(copy.name + ".wal").read_bytes()
    assert stale
    return stale


def test_an_empty_star_is_never_published_in_place_of_a_full_one(lab):
    """Whoever publishes next after the private files were lost, without loading, must not show readers nothing."""
    before = read_rows(lab.warehouse.published, whole=True)
    lab.warehouse.discard()
    lab.note("private files gone between load and publish")
    lab.warehouse.load_raw()
    lab.warehouse.publish()
    assert_equal(read_rows(lab.warehouse.published, whole=True), before)


def test_a_broken_link_to_the_published_file_is_mended(lab, calm):
    shutil.rmtree(lab.warehouse.published.resolve().parent)
    assert not lab.warehouse.published.exists()
    lab.note("published generation gone")
    lab.run_plainly(*EARLIER_DAYS)
    with open_published(lab.warehouse.published) as connection:
        assert connection.execute("select count(*) from fct_listing").fetchall()[0][0] > 0
    lab.assert_calm_run_makes_up(calm)
