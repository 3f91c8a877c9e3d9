"""Raw files that are cut short, altered or gone: named, left out, and the days they held can be fetched again."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from lab import ALL_DAYS, FAULTY_DAYS, Lab, assert_equal, read_rows

from pipeline.cli import main
from pipeline.commands.doctor.examine import check_raw_files
from pipeline.warehouse.raw import Raw

PAGE = "/timlrx/daily-ai-papers/main/archive/2025/03/20.md"


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def flip_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def remove(file: Path) -> None:
    file.unlink()


DAMAGES = (cut_short, flip_a_bit, empty, remove)


def damage_newest_segment(lab: Lab, damage) -> Path:
    """Spoil the segment of the second of two runs, so that the first one's days are the rest that must go on."""
    lab.run_plainly(*FAULTY_DAYS)
    newest = lab.warehouse.raw.files()[-1]
    before = newest.read_bytes()
    damage(newest)
    assert not newest.exists() or newest.read_bytes() != before
    return newest


def papers(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """Run the command line in this process; returns its exit status."""
    monkeypatch.setattr("sys.argv", ["papers", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_rebuild_names_a_damaged_raw_file_and_its_days_are_asked_for_again(
    lab, calm, monkeypatch, capsys, caplog, damage
):
    segment = damage_newest_segment(lab, damage)
    status = papers(monkeypatch, "rebuild")
    told = capsys.readouterr().err
    assert status == 1
    assert segment.name in told
    lab.note(f"raw segment: {damage.__name__}")
    lab.assert_readers_are_well()
    lost = [FAULTY_DAYS[0] + timedelta(days=step) for step in range(5)]
    assert outcomes(lab, lost) == {}

    lab.standin.requests.clear()
    segment.unlink(missing_ok=True)  # as the message says: moved away, since no backup is there
    assert papers(monkeypatch, "rebuild", "--accept-loss") == 0
    assert segment.name in capsys.readouterr().out
    if damage is cut_short:  # once by Dagster's way as well
        assert not lab.run(*ALL_DAYS, only_missing=True).failures
    else:
        lab.run_plainly(*ALL_DAYS, only_missing=True)
    assert lab.standin.asked(PAGE) or lab.standin.asked("/timlrx/daily-ai-papers/legacy.tar.gz")
    assert not [request for request in lab.standin.requests if "/2025/03/11.md" in request.path]
    lab.assert_calm_run_makes_up(calm)


def outcomes(lab: Lab, days: list[date]) -> dict[tuple[str, date], str]:
    from pipeline.read.query import open_published

    with open_published(lab.warehouse.published) as connection:
        rows = connection.execute("select source_key, listing_date, outcome from fct_source_day").fetchall()
    return {(source, day): outcome for source, day, outcome in rows if day in days}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_behind_a_running_warehouse_is_found_by_the_doctor_and_stops_no_run(lab, calm, damage):
    assert check_raw_files(lab.warehouse).is_well
    segment = damage_newest_segment(lab, damage)
    finding = check_raw_files(lab.warehouse)
    assert not finding.is_well
    assert segment.name in finding.text
    lab.note(f"raw segment behind the private files: {damage.__name__}")
    lab.run_plainly(*ALL_DAYS)
    lab.assert_readers_are_well()
    assert_equal(read_rows(lab.warehouse.published), calm)


def test_a_loose_file_that_is_damaged_is_left_out_of_the_bundle_and_stays(lab, calm):
    loose = Raw(lab.warehouse.folder / "raw").loose
    loose.mkdir(exist_ok=True)
    segment = lab.warehouse.raw.files()[0]
    broken = loose / segment.name.replace("Z-", "Z-f")
    broken.write_bytes(segment.read_bytes()[:2000])
    outcome = lab.run(*ALL_DAYS)
    assert outcome.metadata["listings"]["raw files that cannot be read"] == [broken.name]
    lab.note("loose raw file cut short")
    assert broken.exists()
    [failure] = outcome.failures
    assert failure.startswith(f"1 raw file is damaged, the rest is published: raw/loose/{broken.name} is cut short")
    broken.unlink()
    lab.assert_calm_run_makes_up(calm)


def test_a_manifest_that_is_cut_short_or_gone_loses_nothing(lab, calm):
    manifest = lab.warehouse.raw.manifest
    whole = manifest.read_text()
    manifest.write_text(whole[: len(whole) // 2])
    assert list(lab.warehouse.raw.entries()) == []
    lab.run_plainly(*FAULTY_DAYS)
    assert len(list(lab.warehouse.raw.entries())) == 1
    lab.note("manifest cut short")
    manifest.unlink()
    lab.note("manifest gone")
    lab.assert_calm_run_makes_up(calm)
