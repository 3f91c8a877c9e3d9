"""A backfill as a rehearsal: it says what would be fetched and changed, and leaves everything as it was."""

import hashlib
import re
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from answers import fall_silent
from desk import FORTNIGHT, GABRIELCHUA, TIMLRX, Desk, archive, desk, page_path, standin, write_page
from five_lists import DAILY_PAPERS, entries

from pipeline import cli
from pipeline.commands.dry_run import dry_run_backfill
from pipeline.standin import Standin

__all__ = ["archive", "desk", "standin"]  # fixtures

FIRST, LAST = FORTNIGHT[0], FORTNIGHT[-1]
FEED_DAY = date(2025, 3, 26)  # looked at before its list has settled


def tree(folder: Path) -> dict[str, str]:
    """Every file by its bytes; the lock is no part of the warehouse, it says who is at it."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def rehearsed(desk: Desk, *, only_missing: bool = False) -> dict[str, str]:
    """What a rehearsal says, by the words before the colon or the table's name, after making sure it wrote nothing."""
    before = tree(desk.warehouse.folder)
    said = dry_run_backfill(desk.settings, FIRST, LAST, only_missing=only_missing)
    assert tree(desk.warehouse.folder) == before
    lines = [line.strip() for line in said.text.splitlines()]
    said_of = [line.partition(": ") for line in lines]
    return {what if colon else what.partition(" ")[0]: text if colon else what for what, colon, text in said_of}


@pytest.fixture
def filled(desk: Desk) -> Desk:
    desk.fetch(FORTNIGHT)
    desk.warehouse.refresh()
    desk.warehouse.publish()
    return desk


@pytest.fixture(autouse=True)
def _same_folder(desk: Desk) -> None:
    object.__setattr__(desk.settings, "warehouse_dir", desk.warehouse.folder)


def test_of_an_empty_warehouse_it_says_that_all_is_new_and_makes_no_folder(desk):
    desk.warehouse.close()
    shutil.rmtree(desk.warehouse.folder)
    said = rehearsed(desk)
    assert said["days new"].startswith("20 ")
    assert said["days absent"].startswith("8 ")
    assert said["fct_listing"].split() == ["fct_listing", "20", "rows", "more,", "0", "rows", "less"]
    assert not desk.warehouse.folder.exists()


def test_of_a_warehouse_that_has_it_all_it_says_that_nothing_changes(filled):
    said = rehearsed(filled)
    assert (said["days new"], said["days changed"], said["days absent"], said["days failed"]) == ("0", "0", "0", "0")
    assert said["no"] == "no row of any table"


def test_it_names_days_that_are_new_changed_and_gone_and_counts_rows(filled, archive):
    write_page(archive, TIMLRX, FORTNIGHT[1], "Tea, corrected")
    write_page(archive, TIMLRX, FORTNIGHT[5], "Tea on a Saturday")
    page_path(archive, GABRIELCHUA, FORTNIGHT[2]).unlink()
    said = rehearsed(filled)
    assert said["days changed"] == f"1  ({FORTNIGHT[1]} {TIMLRX})"
    assert said["days new"] == f"1  ({FORTNIGHT[5]} {TIMLRX})"
    assert said["days gone upstream, kept here"] == f"1  ({FORTNIGHT[2]} {GABRIELCHUA})"
    assert said["fct_listing"].split()[1:] == ["2", "rows", "more,", "1", "row", "less"]


def test_with_missing_it_asks_only_for_what_is_not_held(filled, archive, standin):
    write_page(archive, TIMLRX, FORTNIGHT[1], "Tea, corrected")
    standin.requests.clear()
    said = rehearsed(filled, only_missing=True)
    assert standin.requests == []
    assert said["days changed"] == "0"


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("token", [None, "ghp_bad"])
def test_how_pages_came_stands_first_and_that_nothing_was_written_last(desk, standin, monkeypatch, token):
    """Over many days, so that the listing is asked for, and with a token that GitHub refuses."""
    object.__setattr__(desk.settings, "github_token", token)
    standin.fail("/repos/timlrx", 503)
    lines = dry_run_backfill(desk.settings, FIRST, FIRST + timedelta(days=60), only_missing=False).text.splitlines()
    begins = lines.index("A run would change:")
    assert re.fullmatch(r"\d+ requests for pages", lines[0])
    assert begins > 1 and all(line.startswith("  ") for line in lines[1:begins])
    assert ("refused GITHUB_TOKEN" in "".join(lines[1:begins])) == (token == "ghp_bad")
    assert "token" not in "".join(lines[begins:])
    assert lines[-1] == "dry run: nothing was written; without --dry-run, the run does this"


@pytest.mark.usefixtures("impatient")
def test_days_that_could_not_be_had_are_named_with_the_reason(desk, standin):
    standin.fail("/", 503)
    said = rehearsed(desk)
    assert said["days failed"].startswith("28 ")
    assert any("503" in line for line in said.values())


@pytest.mark.usefixtures("impatient")
def test_it_ends_as_a_run_would_where_days_failed_or_a_token_was_refused(desk, standin, monkeypatch):
    assert dry_run_backfill(desk.settings, FIRST, LAST, only_missing=False).failures == []
    standin.fail("/", 503)
    assert dry_run_backfill(desk.settings, FIRST, LAST, only_missing=False).failures == [
        "28 days of 2 sources failed, as in a run"
    ]
    monkeypatch.setattr("sys.argv", ["papers", "backfill", "--from", f"{FIRST}", "--to", f"{FIRST}", "--dry-run"])
    monkeypatch.setenv("WAREHOUSE_DIR", str(desk.warehouse.folder))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1


def test_a_source_that_is_asleep_is_asked_for_today_as_a_run_asks(filled, standin):
    """With --missing not before the day is over, and without as all others."""
    today = datetime.now(UTC).date()
    fall_silent(filled.warehouse.folder, today - timedelta(days=1))
    for only_missing in (True, False):
        standin.requests.clear()
        dry_run_backfill(filled.settings, today, today, only_missing=only_missing)
        assert bool(standin.requests) is not only_missing


def test_raw_answers_that_nobody_took_in_yet_count_as_held(filled, archive):
    write_page(archive, TIMLRX, FORTNIGHT[1], "Tea, corrected")
    filled.fetch(FORTNIGHT)  # kept and staged, and the star not brought up to date
    filled.warehouse.discard()
    assert rehearsed(filled)["days changed"] == "0"


@pytest.fixture
def settling(desk: Desk, standin: Standin) -> Desk:
    """A day of a feed is held, and may be looked at again."""
    object.__setattr__(desk.settings, "sources", DAILY_PAPERS)
    standin.hugging_face.put(FEED_DAY, entries(FEED_DAY, 4))
    look(desk)
    return desk


def look(desk: Desk) -> None:
    desk.fetch([FEED_DAY])
    desk.warehouse.refresh()
    desk.warehouse.publish()


def rehearsed_look(desk: Desk) -> list[str]:
    return dry_run_backfill(desk.settings, FEED_DAY, FEED_DAY, only_missing=False).text.splitlines()


@pytest.mark.usefixtures("all_sources")
@pytest.mark.parametrize(("later", "changed"), [(entries(FEED_DAY, 5), 1), (entries(FEED_DAY, 4, upvotes=99), 0)])
def test_of_a_feed_it_names_days_with_another_list_and_not_those_with_more_upvotes(settling, standin, later, changed):
    standin.hugging_face.put(FEED_DAY, later)
    lines = rehearsed_look(settling)
    assert lines[0] == "1 request for pages"
    assert "  days changed: " + (f"1  ({FEED_DAY} {DAILY_PAPERS})" if changed else "0") in lines


@pytest.mark.usefixtures("all_sources")
@pytest.mark.parametrize("looks", [0, 1])
def test_an_empty_list_of_a_day_that_had_papers_is_a_day_that_failed_and_no_other(settling, standin, looks):
    """Also where it came before."""
    standin.hugging_face.put(FEED_DAY, [])
    for _ in range(looks):
        look(settling)
    lines = rehearsed_look(settling)
    at = lines.index(f"  days failed: 1  ({FEED_DAY} {DAILY_PAPERS})")
    assert lines[at + 1] == f"    {FEED_DAY} {DAILY_PAPERS}: an empty list, of a day that had papers before"
    assert {"  days new: 0", "  days changed: 0", "  days absent: 0"} <= set(lines)


@pytest.mark.usefixtures("all_sources")
def test_days_of_a_feed_that_have_settled_are_told(settling, monkeypatch):
    settling.hours = 24 * 30  # the list has settled by then
    look(settling)
    assert rehearsed_look(settling)[:2] == [
        "0 requests for pages",
        f"  {DAILY_PAPERS}: {FEED_DAY} has settled, and is not asked again",
    ]


@pytest.mark.usefixtures("impatient")
def test_the_first_days_that_failed_have_their_reason(desk, standin):
    standin.fail("/", 503)
    lines = dry_run_backfill(desk.settings, FIRST, LAST, only_missing=False).text.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("  days failed: 28 "))
    told = lines[at + 1 : at + 7]
    assert all(re.match(r"    2025-\d\d-\d\d \w+/daily-ai-papers: .*503", line) for line in told[:5])
    assert told[5] == "    … 23 more"


def test_a_page_that_is_none_has_its_reason_also_where_another_is_kept(filled, archive):
    page_path(archive, TIMLRX, FORTNIGHT[1]).write_text("# Tea\n\nNo table.\n", "utf-8")
    lines = dry_run_backfill(filled.settings, FIRST, LAST, only_missing=False).text.splitlines()
    at = lines.index(f"  days failed: 1  ({FORTNIGHT[1]} {TIMLRX})")
    assert lines[at + 1].startswith(f"    {FORTNIGHT[1]} {TIMLRX}: ") and "not a page" in lines[at + 1]
    assert "  days changed: 0" in lines
