"""A raw file that is damaged is found by whoever looks, and read again only when it may have changed."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.http.exchange import Exchange
from pipeline.warehouse.intake import damage
from pipeline.warehouse.raw import Raw

AT = datetime(2025, 3, 21, 12, tzinfo=UTC)


@pytest.fixture
def raw(tmp_path: Path) -> Raw:
    """Three segments and a loose file."""
    raw = Raw(tmp_path / "raw")
    (tmp_path / "private").mkdir()
    for hour in range(4):
        at = AT.replace(hour=hour)
        raw.store(Exchange("archive", (f"a/b/{hour}",), 1, "http://x", "GET", 200, {}, at, b"page", None))
        if hour < 3:
            raw.bundle()
    return raw


def private(raw: Raw) -> Path:
    return raw.folder.parent / "private"


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[20] ^= 1
    path.write_bytes(content)


def read_by_a_look(raw: Raw, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how many files a look reads."""
    read: list[Path] = []
    monkeypatch.setattr(Raw, "read", lambda raw, path: read.append(path))
    damage.find_damage(raw, private(raw))
    monkeypatch.undo()
    return len(read)


def age(raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the last look be long after all that was written so far."""
    monkeypatch.setattr(damage, "SLACK_SECONDS", 0)


def test_what_has_not_changed_is_read_once(raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_by_a_look(raw, monkeypatch) == 4
    assert damage.look(raw, private(raw)) == {}
    age(raw, monkeypatch)
    assert damage.find_damage(raw, private(raw)) == {}
    with monkeypatch.context() as patch:
        patch.setattr(Raw, "read", lambda raw, path: pytest.fail(f"{path} was read again"))
        damage.find_damage(raw, private(raw))


def test_eight_bytes_that_change_are_damage_until_the_file_is_restored(
    raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage.look(raw, private(raw))
    age(raw, monkeypatch)
    segment = raw.files()[1]
    whole, name = segment.read_bytes(), str(segment.relative_to(raw.folder.parent))
    spoil(segment)
    for _ in range(3):
        assert damage.find_damage(raw, private(raw)) == {name: "is cut short or altered"}
        assert damage.look(raw, private(raw)) == {name: "is cut short or altered"}
    segment.write_bytes(whole)
    os.utime(segment, (0, 0))
    assert damage.look(raw, private(raw)) == {}


def test_damage_that_left_no_trace_is_found_by_who_reads_every_file(raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(raw.files()[0])
    damage.save(private(raw) / damage.FILE, {"at": datetime.now(UTC).timestamp(), "damage": {}})
    age(raw, monkeypatch)
    assert damage.find_damage(raw, private(raw)) == {}
    assert len(damage.find_damage(raw, private(raw), every_file=True)) == 1


@pytest.mark.parametrize("at", [datetime(2099, 1, 1, tzinfo=UTC).timestamp(), "noon", None])
def test_a_note_of_a_wrong_clock_or_of_nobody_is_not_believed(raw: Raw, at: object) -> None:
    spoil(raw.files()[0])
    damage.save(private(raw) / damage.FILE, {"at": at, "damage": {}})
    assert len(damage.find_damage(raw, private(raw))) == 1


def test_three_damaged_files_are_named_and_the_rest_is_counted() -> None:
    told = damage.describe({f"raw/{number}": "is cut short" for number in range(5)})
    assert (
        told.startswith("5 raw files are damaged, the rest is published: raw/0 is cut short, ") and "and 2 more" in told
    )


def test_a_segment_of_an_earlier_look_is_missing_until_it_is_restored(raw: Raw) -> None:
    damage.look(raw, private(raw))
    segment = raw.files()[1]
    content, name = segment.read_bytes(), str(segment.relative_to(raw.folder.parent))
    restore_older(raw, segment)
    for every_file in (False, True):
        assert damage.find_damage(raw, private(raw), every_file=every_file) == {name: "is missing"}
    assert damage.look(raw, private(raw)) == damage.look(raw, private(raw)) == {name: "is missing"}
    segment.write_bytes(content)
    assert damage.look(raw, private(raw)) == {}


def restore_older(raw: Raw, segment: Path) -> None:
    """Put raw/ back as it was before a segment came: neither the folder nor the manifest has it."""
    segment.unlink()
    lines = raw.manifest.read_text().splitlines(keepends=True)
    raw.manifest.write_text("".join(line for line in lines if segment.name not in line))


def test_a_segment_of_the_manifest_is_missing_where_nobody_looked_before(raw: Raw) -> None:
    segment = raw.files()[1]
    segment.unlink()
    assert list(damage.find_damage(raw, private(raw)).values()) == ["is missing"]


def test_a_loss_that_is_accepted_is_told_no_more_and_what_is_lost_later_is(raw: Raw) -> None:
    damage.look(raw, private(raw))
    first, second, *_ = raw.files()
    first.unlink()
    assert damage.accept_loss(raw, private(raw)) == [str(first.relative_to(raw.folder))]
    assert damage.accept_loss(raw, private(raw)) == []
    assert damage.find_damage(raw, private(raw), every_file=True) == damage.look(raw, private(raw)) == {}
    second.unlink()
    assert list(damage.find_damage(raw, private(raw))) == [str(second.relative_to(raw.folder.parent))]
    shutil.rmtree(private(raw))
    private(raw).mkdir()
    assert list(damage.find_damage(raw, private(raw))) == [str(second.relative_to(raw.folder.parent))]


def test_what_is_told_names_the_kind() -> None:
    assert damage.describe({"raw/0": damage.MISSING}).startswith(
        "1 raw file is missing, the rest is published: raw/0 is"
    )
    assert damage.describe({"raw/0": damage.MISSING, "raw/1": "is cut short"}).startswith(
        "2 raw files are damaged or missing"
    )


def test_a_loose_file_that_was_bundled_is_not_missing(raw: Raw) -> None:
    damage.look(raw, private(raw))
    raw.bundle()
    assert damage.look(raw, private(raw)) == {}
