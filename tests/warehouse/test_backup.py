"""The recipes of docs/operations.md for raw/: a copy made during a run lacks nothing, and two machines make one."""

import re
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from desk import TIMLRX
from histories import HEADER, NOWHERE
from rows import assert_equal, read_rows

from pipeline import cli
from pipeline.http.exchange import Exchange
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.raw import identify

GUIDE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
BACKUP, MERGE = re.findall(r"^```sh\n(rsync(?:(?!```).*\n)*)```$", GUIDE, re.MULTILINE)
FIRST = date(2025, 3, 3)


def page(number: int) -> Exchange:
    day = FIRST + timedelta(days=number)
    row = f"| [Tea {number}](https://arxiv.org/abs/2503.{number:05}) | Ada | Hot. | [] | N/A | N/A |\n"
    at = datetime(2025, 3, 7, 13, number, tzinfo=UTC)
    return Exchange("archive", (f"{TIMLRX}/{day}",), 1, NOWHERE, "GET", 200, {}, at, (HEADER + row).encode(), None)


def begin(folder: Path, *numbers: int) -> Warehouse:
    """A warehouse with one answer in a segment and the others loose, as in the middle of a run."""
    warehouse = Warehouse(folder)
    warehouse.raw.store(page(numbers[0]))
    warehouse.raw.bundle()
    warehouse.raw.store(*map(page, numbers[1:]))
    return warehouse


def copied_by(commands: str) -> list[str]:
    """What the commands copy, in their order."""
    return re.findall(r"warehouse/raw/(loose|segments|manifest\.jsonl)", commands)


def copy(part: str, source: Warehouse, to: Path) -> None:
    """What `rsync --archive --ignore-existing` does, which takes the manifest anew."""
    found = source.raw.folder / part
    if found.is_file():
        to.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(found, to / part)
        return
    for file in found.rglob("*.parquet"):
        target = to / file.relative_to(source.raw.folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copyfile(file, target)


def answers(warehouse: Warehouse) -> set[str]:
    """The ids of all answers that can be read."""
    return set(pl.concat(identify(warehouse.raw.read(path)) for path in warehouse.raw.files())["exchange_id"])


@pytest.mark.parametrize("moment", range(4))
def test_a_backup_lacks_nothing_of_what_was_there_whenever_a_run_bundles(tmp_path: Path, moment: int):
    warehouse = begin(tmp_path / "warehouse", 0, 1, 2)
    before = answers(warehouse)
    assert len(before) == 3
    parts = copied_by(BACKUP)
    for place, part in enumerate(parts):
        if place == moment:
            warehouse.raw.bundle()
        copy(part, warehouse, tmp_path / "backup" / "raw")
    restored = Warehouse(tmp_path / "backup")
    assert parts == ["loose", "manifest.jsonl", "segments"]
    assert answers(restored) >= before
    restored.rebuild()
    assert restored.raw.missing() == []
    assert len(read_rows(restored.published)["fct_listing"]) == 3


def test_the_first_copy_makes_the_folders_that_the_other_machine_lacks():
    first, *_ = BACKUP.splitlines()
    assert "--mkpath" in first.split()


def test_two_machines_make_one_warehouse_whichever_comes_to_the_other(tmp_path: Path):
    merged: list[Warehouse] = []
    for name, mine, theirs in (("a", (0, 1, 2), (2, 3)), ("b", (2, 3), (0, 1, 2))):
        warehouse, other = begin(tmp_path / name, *mine), begin(tmp_path / f"other of {name}", *theirs)
        for part in copied_by(MERGE)[:2]:
            copy(part, other, warehouse.raw.folder)
        with warehouse.raw.manifest.open("ab") as manifest:
            manifest.write(other.raw.manifest.read_bytes())
        warehouse.rebuild()
        assert warehouse.raw.missing() == []
        merged.append(warehouse)
    first, second = (read_rows(each.published, whole=True) for each in merged)
    assert len(first["fct_listing"]) == 4
    assert_equal(first, second)


def test_a_restore_elsewhere_and_a_move_of_the_whole_folder_say_the_same(tmp_path: Path, monkeypatch, capsys):
    home = begin(tmp_path / "home", 0, 1, 2)
    home.rebuild()
    before = read_rows(home.published, whole=True)
    shutil.copytree(home.raw.folder, tmp_path / "restored" / "raw")
    shutil.move(tmp_path / "home", tmp_path / "moved")
    for name, commands in (("restored", ["rebuild", "status"]), ("moved", ["status"])):
        monkeypatch.setenv("WAREHOUSE_DIR", str(tmp_path / name))
        for command in commands:
            monkeypatch.setattr("sys.argv", ["papers", command])
            with pytest.raises(SystemExit) as ended:
                cli.main()
            assert ended.value.code == 0, capsys.readouterr()
        assert_equal(read_rows(tmp_path / name / "papers.duckdb", whole=True), before)
    moved = Warehouse(tmp_path / "moved")
    moved.raw.store(page(3))
    moved.refresh()
    moved.publish()
    assert len(read_rows(moved.published)["fct_listing"]) == 4
