"""Recorded pages of star history through the code that production uses."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from loopback import Clock, Reply, serve

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report, exchanges_frame
from pipeline.services.github.star_history import History, parse_star_history, read_history
from pipeline.services.github.star_pages import fetch_star_history

RECORDINGS = Path(__file__).parents[2].parent / "shared" / "recordings" / "second"
OTHERS = {"github_stargazers_404_not_collaborator", "github_stargazers_count_200"}  # of paths that nobody here asks
NAMES = sorted({path.stem for path in RECORDINGS.glob("github_star*.json")} - OTHERS)
AT = datetime(2026, 10, 2, 18, tzinfo=UTC)  # later than any of them
# What each says: its outcome, weeks, stars, and the Sunday of its oldest week.
MEANINGS: dict[str, tuple[str, int, int | None, date | None]] = {
    "github_star_history_200_anonymous_page_1_of_7": ("found", 30, None, date(2026, 3, 8)),
    "github_star_history_200_by_id_last_page": ("found", 8, None, date(2023, 2, 26)),
    "github_star_history_200_large_page_1_of_6": ("found", 30, None, date(2026, 2, 22)),
    "github_star_history_200_large_page_6_of_6": ("found", 5, 0, date(2023, 10, 1)),
    "github_star_history_200_middle_page_1_of_3": ("found", 30, None, date(2026, 2, 22)),
    "github_star_history_200_middle_page_2_of_3": ("found", 30, None, date(2025, 7, 27)),
    "github_star_history_200_middle_page_3_of_3": ("found", 11, None, date(2025, 5, 11)),
    "github_star_history_200_weeks_excerpt_kevinzakka": ("found", 1, 14, date(2026, 9, 27)),
    "github_star_history_200_young_one_page": ("found", 4, 239, date(2026, 8, 23)),
    "github_star_history_304": ("not_modified", 0, None, None),  # nobody here sends an ETag
    "github_star_history_403_exhausted": ("rate_limited", 0, None, None),
    "github_star_history_422_page_101": ("rejected", 0, None, None),
}

pytestmark = pytest.mark.skipif(
    not NAMES, reason="the recorded answers are not beside the project (../shared/recordings/second)"
)


def recording(name: str) -> dict[str, Any]:
    return json.loads((RECORDINGS / f"{name}.json").read_text("utf-8"))


def page_of(answer: dict[str, Any]) -> int:
    return int(answer["request"]["url"].rsplit("page=", 1)[1])


def ask(name: str) -> tuple[Report, Exchange, History]:
    """What comes of a page whose answer is a recording, sent over real HTTP."""
    answer, clock, stored = recording(name), Clock(AT), list[Exchange]()
    headers = {key: text for key, text in answer["headers"].items() if key not in ("date", "content-length")}
    reply = Reply(answer["status"], answer["body"].encode(), headers)
    web = Web(now=clock.now, sleep=clock.sleep, monotonic=clock.monotonic)
    with serve(lambda asked: reply) as server, web:
        report = fetch_star_history(web, server.url, [f"7/{page_of(answer)}"], token=None, store=stored.append)
    return report, stored[-1], read_history(stored[-1])


def test_every_recording_has_a_meaning_here() -> None:
    assert set(NAMES) == set(MEANINGS)


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_means_what_is_known_of_it_and_ends_as_answered_or_deferred(name: str) -> None:
    report, _, history = ask(name)
    outcome, weeks, stars, oldest = MEANINGS[name]
    assert (history.outcome, len(history.weeks), history.reason) == (outcome, weeks, None)
    assert bool(report.answered) == (outcome != "rate_limited") and report.answered + len(report.deferred) == 1
    if oldest:
        assert history.weeks[-1][0] == oldest
    if stars is not None:
        assert sum(sum(days) for _, days in history.weeks) == stars


def test_three_pages_have_each_week_once_and_all_the_stars_that_were_counted() -> None:
    kept = [ask(f"github_star_history_200_middle_page_{page}_of_3")[1] for page in (1, 2, 3)]
    weeks, _, refused = parse_star_history(exchanges_frame(kept))
    assert refused.is_empty() and weeks.height == weeks.get_column("week").n_unique() == 71
    assert weeks.get_column("days").list.sum().sum() == 1254
    assert weeks.filter("is_oldest").get_column("week").to_list() == [date(2025, 5, 11)]


def test_the_page_of_a_week_follows_from_the_week_of_the_answer() -> None:
    for name in NAMES:
        found = ask(name)[2].weeks
        if not found or "excerpt" in name:
            continue
        newest = date(2026, 9, 27) if "anonymous" in name or "by_id" in name else date(2026, 9, 13)
        page = page_of(recording(name))
        assert found[0][0] == newest - timedelta(weeks=30 * (page - 1)), name


def test_an_exhausted_quota_is_read_from_the_answer_itself() -> None:
    report, _, _ = ask("github_star_history_403_exhausted")
    assert (report.quota_left, report.reason) == (0, "GitHub's quota is used up")
