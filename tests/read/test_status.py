"""A silent source is told of in one sentence, with since when; what waits for a service is told in words."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from answers import TIMLRX, Small, github, page, six

from pipeline.read.query import open_published
from pipeline.read.status import Spoken, ask_spoken, read_spoken, read_status, status_text
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


def test_an_open_file_tells_of_the_sources_that_were_ever_asked(example: Path):
    with open_published(example / "papers.duckdb") as connection:
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
    small.load(page(TIMLRX, "2025-03-04", six(2)))
    status = read_status(tmp_path, datetime(2025, 3, 5, tzinfo=UTC), has_token=True)
    assert "DataCite: nothing known yet, 2 waiting (about 1 requests)" in status_text(status)
