"""A missing archive is a failure of its source, and never the absence of its pages."""

import shutil
from datetime import timedelta

import pytest
from desk import FORTNIGHT, GABRIELCHUA, TIMLRX, archive, desk, page_path, standin

from pipeline.standin.wire import message_response

__all__ = ["archive", "desk", "standin"]  # fixtures

WEEKEND = FORTNIGHT[5:7]
GONE = "GitHub has no repository timlrx/daily-ai-papers with a branch main (404)"


def reasons(desk) -> set[str]:
    rows = desk.warehouse.rows("status", "days", {"from_date": FORTNIGHT[0], "to_date": FORTNIGHT[-1]})
    return {row[3] for row in rows if row[0] == TIMLRX}


def hide(standin) -> None:
    """Make the archive private: neither GitHub's API nor the host of the pages knows it."""
    standin.fail(f"/repos/{TIMLRX}/", 404)
    standin.fail(f"/{TIMLRX}/", 404)


@pytest.mark.parametrize("days", [FORTNIGHT, FORTNIGHT[:3], WEEKEND], ids=["by listing", "page by page", "weekend"])
def test_an_archive_that_is_not_there_fails_with_that_reason(desk, standin, days):
    hide(standin)
    desk.fetch(days)
    assert desk.outcomes() == dict.fromkeys(days, "failed")
    assert any(GONE in reason for reason in reasons(desk))
    assert "published" in desk.outcomes(GABRIELCHUA).values() or days == WEEKEND


def test_an_archive_that_is_not_there_costs_few_requests_however_long_the_range(desk, standin):
    hide(standin)
    desk.fetch([FORTNIGHT[0] + timedelta(days=step) for step in range(200)])
    assert len(standin.asked(f"/{TIMLRX}/")) == 3
    assert len(standin.asked(f"/repos/{TIMLRX}/")) == 1


def test_an_archive_that_is_gone_after_its_pages_were_stored_fails_too(desk, standin):
    desk.fetch(FORTNIGHT[:5])
    hide(standin)
    desk.fetch(WEEKEND)
    assert [desk.outcomes()[day] for day in WEEKEND] == ["failed"] * 2


def test_days_that_failed_with_their_archive_are_asked_for_again_with_missing(desk, standin):
    hide(standin)
    desk.fetch(FORTNIGHT)
    standin.calm()
    desk.fetch(FORTNIGHT, only_missing=True)
    assert sorted(desk.outcomes().values()) == ["absent"] * 4 + ["published"] * 10


def test_a_page_of_the_same_fetch_proves_that_the_archive_is_there(desk, standin):
    desk.fetch(FORTNIGHT[4:7])  # a Friday and its weekend
    assert list(desk.outcomes().values()) == ["published", "absent", "absent"]
    assert len(standin.requests) == 6


def test_a_missing_page_alone_is_believed_once_the_newest_stored_page_is_seen_again(desk, standin):
    desk.fetch(FORTNIGHT[:5])
    standin.requests.clear()
    desk.fetch(WEEKEND)
    assert [desk.outcomes()[day] for day in WEEKEND] == ["absent"] * 2
    asked = [request.path for request in standin.asked(f"/{TIMLRX}/")]
    assert [path[-13:] for path in asked] == ["2025/03/08.md", "2025/03/07.md", "2025/03/09.md"]
    assert standin.asked("/repos/") == []


def test_with_no_page_stored_the_listing_tells_whether_the_archive_is_there(desk, standin):
    desk.fetch(WEEKEND)
    assert set(desk.outcomes().values()) == {"absent"}
    assert len(standin.asked(f"/repos/{TIMLRX}/")) == 1


@pytest.mark.parametrize("how", [403, 500, "html", "reset"])
def test_where_nothing_tells_whether_the_archive_is_there_nothing_is_absent(desk, standin, how):
    standin.fail("/repos/", how)
    desk.fetch(WEEKEND)
    assert set(desk.outcomes().values()) == {"failed"}
    assert all("whether the archive is there cannot be told" in reason for reason in reasons(desk))


def test_a_page_that_was_taken_back_does_not_make_an_archive_missing(desk, archive):
    desk.fetch(FORTNIGHT[:5])
    page_path(archive, TIMLRX, FORTNIGHT[4]).unlink()
    desk.fetch(WEEKEND)
    assert [desk.outcomes()[day] for day in WEEKEND] == ["absent"] * 2
    assert desk.outcomes()[FORTNIGHT[4]] == "published"


def test_an_empty_repository_is_a_missing_archive(desk, standin):
    standin.fail(f"/repos/{TIMLRX}/git/trees", message_response(409, "Git Repository is empty."))
    standin.fail(f"/{TIMLRX}/", 404)
    desk.fetch(FORTNIGHT)
    assert set(desk.outcomes().values()) == {"failed"}


def test_a_listing_without_any_page_is_no_evidence_of_absence(desk, archive):
    desk.fetch(FORTNIGHT)
    shutil.rmtree(archive / TIMLRX / "main" / "archive")
    (archive / TIMLRX / "main" / "README.md").write_text("We have moved.")
    later = [day + timedelta(days=14) for day in FORTNIGHT]
    fetching = desk.fetch([*FORTNIGHT, *later[:7]])
    outcomes = desk.outcomes()
    assert {outcomes[day] for day in later[:7]} == {"failed"}
    assert [outcomes[day] for day in FORTNIGHT[:5]] == ["published"] * 5
    assert f"the listing of {TIMLRX} has no page at all" in fetching.reasons
