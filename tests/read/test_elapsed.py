"""Durations are of the clock and not of the calendar, and what is counted in parts adds up."""

from pathlib import Path

import pytest
from answers import NOWHERE, TIMLRX, Small, arxiv, github, moment, page, paper, six

from pipeline.http.exchange import Exchange

LINKED = page(TIMLRX, "2025-03-03", six(1, github="[Link](https://github.com/lab/teapot)"))


def failed(service: str, subject: str, at: str, status: int | None) -> Exchange:
    error = None if status else "no answer within 60 s"
    body = b"" if status else None
    return Exchange(service, (subject,), 1, NOWHERE, "GET", status, {}, moment(at), body, error)


@pytest.mark.parametrize(
    ("first", "second", "days", "rate"),
    [
        ("2025-03-04 23:58", "2025-03-05 00:02", 4 / 1440, None),
        ("2025-03-04 00:05", "2025-03-05 23:55", 47 / 24 + 50 / 1440, 48 / (47 / 24 + 50 / 1440)),
        ("2025-03-04 18:00", "2025-03-05 06:00", 0.5, 96.0),
    ],
)
def test_stars_a_day_are_those_of_the_time_that_passed(
    tmp_path: Path, first: str, second: str, days: float, rate: float | None
):
    small = Small(tmp_path, LINKED, github(first, "lab/teapot", 10), github(second, "lab/teapot", 58))
    [row] = small.ask("from mart_repository_rising")
    assert (row["stars_gained"], row["elapsed_days"]) == (48, pytest.approx(days))
    assert row["stars_gained_per_day"] == (None if rate is None else pytest.approx(rate))
    [row] = small.named("stars_gained", link_role="all")
    assert row["elapsed_days"] == round(days, 2)
    assert row["stars_gained_per_day"] == (None if rate is None else pytest.approx(rate, abs=0.01))


def test_an_attempt_is_shown_whole_and_its_status_is_not_that_of_an_earlier_one(tmp_path: Path):
    small = Small(
        tmp_path,
        LINKED,
        failed("github", "lab/teapot", "2025-03-05", 503),
        failed("github", "lab/teapot", "2025-03-06", None),
    )
    [row] = small.ask("from mart_enrichment_backlog where service = 'github'")
    assert (str(row["last_attempted_at"]), row["last_http_status"]) == ("2025-03-06 00:00:00", None)


def test_a_run_over_midnight_is_one_and_its_subjects_are_settled_or_unsettled(tmp_path: Path):
    small = Small(
        tmp_path,
        page(TIMLRX, "2025-03-03", six(1), six(2), at="2025-03-03 23:50"),
        failed("arxiv", "2503.00001", "2025-03-03 23:55", 503),
        failed("arxiv", "2503.00002", "2025-03-03 23:55", 503),
        arxiv("2025-03-04 00:05", paper(1)),
        arxiv("2025-03-04 12:45", paper(2)),
    )
    rows = small.named("runs")
    shown = ("date", "service", "subject_count", "settled_count", "unsettled_count")
    assert [tuple(str(row[name]) for name in shown) for row in rows] == [
        ("2025-03-04", "arxiv", "1", "1", "0"),
        ("2025-03-03", "archive", "1", "1", "0"),
        ("2025-03-03", "arxiv", "2", "1", "1"),
    ]


def test_an_observation_without_stars_leaves_the_newest_stars_at_their_own_time(tmp_path: Path):
    small = Small(tmp_path, LINKED, github("2025-03-04", "lab/teapot", 10), github("2025-03-06", "lab/teapot", 20))
    small.warehouse.use(
        lambda connection: connection.execute(
            "update fct_repository_day set stars_count = null where date_key = 20250306"
        ).fetchall()
    )
    small.warehouse.publish()
    [row] = small.ask("select stars_count, observed_at::date::varchar as day from mart_newest_star")
    assert tuple(row.values()) == (10, "2025-03-04")
    assert small.ask("from mart_repository_rising") == []
