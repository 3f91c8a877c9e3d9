"""A silent source is told of in one sentence, with since when; what waits for a service is told in words."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from answers import GABRIELCHUA, TIMLRX, Small, absences, fall_silent, github, page, six, three

from pipeline.read.query import open_published
from pipeline.read.status import read_status, status_text
from pipeline.read.status.silence import Spoken, ask_spoken, read_spoken
from pipeline.sources.registry import OURS

ENDED, LIVING = "gabrielchua/daily-ai-papers", "joe0731/hf_paper_watch_dog"
LAST, TODAY = date(2025, 10, 30), date(2026, 11, 26)


def sentences(spoken: Spoken) -> dict[str, str]:
    return {source_id: silence.sentence for source_id, silence in spoken.find_silences(TODAY).items()}


def test_one_that_has_ended_is_silent_since_its_last_papers_also_where_nothing_is_stored(tmp_path: Path):
    found = sentences(read_spoken(tmp_path / "papers.duckdb", OURS, TODAY))
    assert found[ENDED] == "silent since 2025-10-30 (392 days): it has ended"
    assert set(found) == {source.source_id for source in OURS if source.last_date}


def test_one_that_is_silent_for_longer_than_ever_before_says_how_long_that_was():
    spoken = Spoken({}, {LIVING: date(2026, 10, 1)}, [(LIVING, date(2026, 10, 1), 56, 9)])
    assert sentences(spoken) == {LIVING: "silent since 2026-10-01 (56 days): its longest silence before was 9 days"}


def test_of_one_that_has_ended_an_older_stored_page_does_not_count():
    spoken = Spoken({ENDED: LAST}, {ENDED: date(2025, 3, 21)}, [(ENDED, date(2025, 3, 21), 615, 7)])
    assert sentences(spoken) == {ENDED: "silent since 2025-10-30 (392 days): it has ended"}
    assert spoken.find_returns() == {}


def test_one_that_speaks_after_its_end_is_said_to_and_then_judged_like_any_other():
    again = TODAY - timedelta(days=1)
    spoken = Spoken({ENDED: LAST}, {ENDED: again}, [])
    assert sentences(spoken) == {}
    assert spoken.find_returns()[ENDED].startswith(f"speaks again: it has papers of {again}")
    silent_anew = Spoken({ENDED: LAST}, {ENDED: again}, [(ENDED, again, 40, 7)])
    assert sentences(silent_anew)[ENDED].startswith(f"silent since {again} (40 days): its longest")


def test_days_for_which_nobody_asked_are_no_silence(example: Path):
    with open_published(example / "papers.duckdb") as connection:
        assert ask_spoken(connection, TODAY).find_silences(TODAY) == {}  # 2025-03-21 is the last day of a backfill


WEEKDAYS = [date(2025, 3, day) for day in (3, 4, 5, 6, 7, 10, 11, 12, 13, 14)]


@pytest.fixture
def living(tmp_path: Path) -> Small:
    """Two weeks with papers on every weekday, and weekends without a page."""
    pages = [page(GABRIELCHUA, str(day), three(number)) for number, day in enumerate(WEEKDAYS, 1)]
    return Small(tmp_path, *pages, *absences(GABRIELCHUA, date(2025, 3, 8), date(2025, 3, 9)))


def silence_of(small: Small, today: date) -> list[tuple[int, int]]:
    """Return for how many days sources are silent, and for how many they were before."""
    with open_published(small.warehouse.published) as connection:
        return [(row[2], row[3]) for row in ask_spoken(connection, today).silent]


def test_a_silence_is_as_long_as_the_days_that_were_answered_since_and_today_goes_on(living: Small):
    last, step = WEEKDAYS[-1], timedelta(days=1)
    living.load(*absences(GABRIELCHUA, last + step, last + 6 * step))
    assert silence_of(living, last + 7 * step) == []
    living.load(*absences(GABRIELCHUA, last + 7 * step, last + 7 * step))
    assert silence_of(living, last + 8 * step) == [(8, 7)]
    assert silence_of(living, last + 300 * step) == [(7, 7)]  # of the rest nothing is known
    assert silence_of(living, last + 7 * step) == [(7, 7)]
    assert silence_of(living, last + 6 * step) == []  # by that day


def test_days_that_failed_are_no_silence_and_end_none(living: Small):
    last, step = WEEKDAYS[-1], timedelta(days=1)
    outage = [replace(each, status=503) for each in absences(GABRIELCHUA, last + step, last + 20 * step)]
    living.load(*outage)
    assert silence_of(living, last + 21 * step) == []
    assert not living.warehouse.check()["source_silent"]
    living.load(*absences(GABRIELCHUA, last + 3 * step, last + 20 * step))
    assert silence_of(living, last + 21 * step) == [(19, 7)]
    [found] = living.warehouse.check()["source_silent"]
    assert found[1:] == (last, 18, 3)


def test_a_gap_between_pages_for_which_nobody_asked_is_no_silence_either(living: Small):
    """Two backfills a year apart are no silence of a year, in which a source that has ended would be awaited."""
    first = date(2026, 3, 2)
    living.load(page(GABRIELCHUA, str(first), three(20)), *absences(GABRIELCHUA, date(2026, 3, 3), date(2026, 3, 12)))
    assert silence_of(living, date(2026, 3, 13)) == [(11, 7)]
    [found] = living.warehouse.check()["source_silent"]
    assert found[1:] == (first, 10, 3)


def test_a_silence_in_which_days_are_unknown_says_so():
    spoken = Spoken({}, {}, [(LIVING, date(2025, 3, 21), 20, 7)])
    assert sentences(spoken) == {
        LIVING: "silent since 2025-03-21 (on 20 of 615 days, the others are unknown): "
        "its longest silence before was 7 days"
    }


def test_an_open_file_tells_of_the_sources_that_were_ever_asked(example: Path, tmp_path: Path):
    folder = shutil.copytree(example, tmp_path / "silent", symlinks=True)
    fall_silent(folder, TODAY - timedelta(days=1))
    with open_published(folder / "papers.duckdb") as connection:
        later = ask_spoken(connection, TODAY)
        then = ask_spoken(connection, date(2025, 3, 21))
    assert len(later.find_silences(TODAY)) == 2
    assert then.find_silences(date(2025, 3, 21)) == {}


def test_a_repository_whose_stars_by_day_nobody_told_waits_as_does_a_paper_that_datacite_was_not_asked_for(
    tmp_path: Path,
):
    linked = page(TIMLRX, "2025-03-03", six(1, github="[Link](https://github.com/lab/kettle)"))
    small = Small(tmp_path, linked, github("2025-03-04", "lab/kettle", 9))
    status = read_status(tmp_path, datetime(2025, 3, 5, tzinfo=UTC), has_token=False)
    counts = {(row["service"], row["status"]): row["subject_count"] for row in status["enrichment"]}
    assert counts["star_history", "pending"] == counts["datacite", "pending"] == 1
    assert "Star history: nothing known yet, 1 waiting (about 1 h without a token, 2 s with a token)" in status_text(
        status
    )
    assert f"{TIMLRX}: 1 listing on 1 day, 0 empty" in status_text(status)
    small.load(page(TIMLRX, "2025-03-04", six(2)))
    status = read_status(tmp_path, datetime(2025, 3, 5, tzinfo=UTC), has_token=True)
    assert "DataCite: nothing known yet, 2 waiting (about 1 request)" in status_text(status)
