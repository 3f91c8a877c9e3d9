"""A raw file that is damaged is found by whoever looks, and read again only when it may have changed."""

import os
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
