"""Star history from GitHub, asked for by real HTTP of a loopback server."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from loopback import Clock

from pipeline.core.errors import TokenError
from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report, exchanges_frame
from pipeline.services.github.star_history import SERVICE, parse_star_history, read_history
from pipeline.services.github.star_pages import RESERVED_WITH_TOKEN, RESERVED_WITHOUT_TOKEN, fetch_star_history
from pipeline.standin import Repository, Response, Standin
from pipeline.standin.wire import message_response

TOKEN = "secret-of-the-tests-0123456789"
NOW = datetime(2026, 9, 27, 18, tzinfo=UTC)
SUNDAY = 1_790_467_200  # 2026-09-27
WEEK = 604_800


def weeks(count: int, newest: int = SUNDAY) -> list[dict[str, object]]:
    return [{"week": newest - WEEK * step, "total": 28, "days": [1, 2, 3, 4, 5, 6, 7]} for step in range(count)]


def exchange(body: object, status: int = 200, page: int = 1, at: datetime = NOW) -> Exchange:
    written = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Exchange(SERVICE, (f"7/{page}",), 1, "https://api.github.com/x", "GET", status, {}, at, written, None)


def repository(number: int, created_at: str = "2026-01-01T00:00:00Z", **changes: Any) -> Repository:
    facts = {"stars_count": 900, "pushed_at": "2026-02-03T04:05:06Z", "full_name": f"acme/{number}"} | changes
    return Repository(number=number, created_at=created_at, **facts)


class GitHub(Standin):
    """The stand-in with these repositories, on a clock that only sleeping moves."""

    def __init__(self, *repositories: Repository) -> None:
        self.clock = Clock(NOW)
        super().__init__(archive=[], token=TOKEN, now=self.clock.now)
        self.kept: list[Exchange] = []
        for each in repositories:
            self.facts.put(each.full_name, each)

    def fetch(self, *subjects: str, token: str | None = TOKEN, idle: tuple[str, ...] = ()) -> Report:
        with Web(now=self.clock.now, sleep=self.clock.sleep) as web:
            return fetch_star_history(web, self.url, subjects, token=token, store=self.kept.append, idle=idle)

    def pages(self) -> list[str]:
        return [request.path.removeprefix("/repositories/") for request in self.requests]


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub(repository(1), repository(2), repository(3, "2024-01-01T00:00:00Z")) as running:
        yield running


def test_a_page_is_weeks_with_the_stars_of_their_days_and_the_last_one_has_the_oldest_week() -> None:
    full, last = exchange(weeks(30)), exchange(weeks(2, SUNDAY - 30 * WEEK), page=2, at=NOW + timedelta(seconds=1))
    found, attempts, refused = parse_star_history(exchanges_frame([full, last]))
    assert found.height == 32 and refused.is_empty()
    assert found.row(0, named=True) == {
        "repository_id": 7,
        "week": date(2026, 9, 27),
        "days": [1, 2, 3, 4, 5, 6, 7],
        "is_oldest": False,
        "observed_at": NOW,
    }
    assert found.filter("is_oldest").get_column("week").to_list() == [date(2026, 2, 22)]
    assert attempts.select("subject_id", "outcome").rows() == [("7/1", "found"), ("7/2", "found")]


WRONG: dict[str, tuple[object, str]] = {
    "no list": ({"weeks": []}, "not a list"),
    "no JSON": (b"<html>", "not JSON"),
    "six days": ([{"week": SUNDAY, "total": 6, "days": [1] * 6}], "seven counts"),
    "a negative day": ([{"week": SUNDAY, "total": 5, "days": [-1, 1, 1, 1, 1, 1, 1]}], "not a count"),
    "a day of text": ([{"week": SUNDAY, "total": 7, "days": ["1"] * 7}], "not a count"),
    "a day without a number": ([{"week": SUNDAY, "total": 6, "days": [None, *[1] * 6]}], "seven counts"),
    "a sum that is another": ([{"week": SUNDAY, "total": 8, "days": [1] * 7}], "add up"),
    "a Monday": ([{"week": SUNDAY + 86_400, "total": 7, "days": [1] * 7}], "Sunday"),
    "a week to come": (weeks(1, SUNDAY + WEEK), "future"),
    "a week of 1970": (weeks(1, 259_200), "before GitHub"),
    "a gap": (weeks(1) + weeks(1, SUNDAY - 2 * WEEK), "follow each other"),
    "the oldest first": (weeks(2)[::-1], "follow each other"),
    "a week twice": (weeks(1) * 2, "follow each other"),
    "more than a page": (weeks(31), "31 weeks"),
    "more stars than there are people": (
        [{"week": SUNDAY, "total": 2**40, "days": [2**40, 0, 0, 0, 0, 0, 0]}],
        "seven counts",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_of_a_page_that_breaks_a_rule_nothing_is_kept_but_the_reason(what: str) -> None:
    body, reason = WRONG[what]
    found, attempts, refused = parse_star_history(exchanges_frame([exchange(body)]))
    assert found.is_empty()
    assert attempts.select("outcome", "http_status").rows() == [("failed", 200)]
    assert reason in refused.item(0, "reason") and refused.item(0, "subject_id") == "7/1"


def test_a_page_past_the_first_week_is_empty_and_past_the_last_page_rejected() -> None:
    assert read_history(exchange([])).outcome == "empty"
    assert read_history(exchange({"message": "Pagination is limited to 100 pages"}, 422, 101)).outcome == "rejected"
    assert read_history(exchange({"message": "spammed"}, 422, 100)).outcome == "failed"


def test_pages_are_asked_for_by_number_in_the_order_given(github: GitHub) -> None:
    report = github.fetch("3/2", "1/1", "3/2")
    history = "stargazers/history?per_page=30"
    assert github.pages() == [f"3/{history}&page=2", f"1/{history}&page=1"]
    assert (report.requests, report.answered, report.deferred) == (2, 2, ())
    assert report.quota_left == 4_998
    found, _, _ = parse_star_history(exchanges_frame(github.kept))
    assert found.filter(repository_id=1).height == 30 and found.filter(repository_id=3).height == 30


def test_all_pages_together_have_the_stars_that_the_repository_shows(github: GitHub) -> None:
    github.fetch(*(f"3/{page}" for page in range(1, 7)))
    found, attempts, _ = parse_star_history(exchanges_frame(github.kept))
    assert found.get_column("days").list.sum().sum() == 900
    assert found.get_column("week").n_unique() == found.height == 144
    assert attempts.get_column("outcome").to_list() == ["found"] * 5 + ["empty"]


def test_a_repository_that_is_gone_is_asked_for_once_and_a_blocked_one_too(github: GitHub) -> None:
    github.facts.put("acme/4", repository(4, status="dmca"))
    report = github.fetch("9/1", "9/2", "4/1", "4/2", "1/1")
    assert [request.status for request in github.requests] == [404, 451, 200]
    assert report.answered == 5 and not report.deferred


@pytest.mark.parametrize(
    ("token", "quota", "reserve"),
    [
        (None, "anonymous", RESERVED_WITHOUT_TOKEN),
        (TOKEN, "token", RESERVED_WITH_TOKEN),
    ],
)
def test_a_part_of_the_quota_is_left_to_what_else_asks(
    github: GitHub, token: str | None, quota: str, reserve: int
) -> None:
    github.allow(reserve + 2, quota)
    report = github.fetch("1/1", "2/1", "3/1", token=token)
    assert len(github.requests) == 2 and report.deferred == ("3/1",)
    assert report.reason == "the rest of GitHub's quota is kept for repositories"
    assert report.until == github.github.quotas[quota].resets_at + timedelta(seconds=1)


def test_what_can_wait_is_asked_for_only_while_half_of_the_quota_is_left(github: GitHub) -> None:
    github.allow(2_501, "token")
    report = github.fetch("1/1", "2/1", "3/1", idle=("2/1", "3/1"))
    assert len(github.requests) == 1 and report.deferred == ("2/1", "3/1")


def test_a_used_up_quota_ends_the_round_whatever_the_limits_page_says(github: GitHub) -> None:
    github.allow(0, "token")
    report = github.fetch("1/1", "2/1")
    assert report.deferred == ("1/1", "2/1") and report.reason == "GitHub's quota is used up"
    assert len(github.requests) == 1 and report.until


def test_a_page_that_cannot_be_used_is_not_asked_for_again_at_once(github: GitHub) -> None:
    github.fail("/repositories/1/", Response(200, b"[1]"))
    report = github.fetch("1/1", "2/1")
    assert len(github.requests) == 2 and report.deferred == ("1/1",)
    assert "cannot be used" in str(report.reason)


def test_a_422_on_a_page_that_exists_is_waited_for_once(github: GitHub) -> None:
    github.fail("/repositories/1/", message_response(422, "the endpoint has been spammed"), times=1)
    assert github.fetch("1/1").answered == 1
    assert len(github.requests) == 2 and github.clock.now() - NOW >= timedelta(seconds=50)


def test_a_service_that_is_down_is_left_alone_after_three_pages(github: GitHub) -> None:
    github.fail("/", 503)
    report = github.fetch("1/1", "2/1", "3/1", "3/2")
    assert len(github.requests) == 9 and len(report.deferred) == 4 and report.until


def test_a_refused_token_is_told_after_its_response_is_stored(github: GitHub) -> None:
    with pytest.raises(TokenError):
        github.fetch("1/1", token="another-token")
    assert [each.status for each in github.kept] == [401]


def test_a_304_that_nobody_asked_for_says_nothing_of_other_pages(github: GitHub) -> None:
    github.fail("/repositories/1/", Response(304, b""), times=1)
    assert github.fetch("1/1", "1/2").answered == 2
    assert [request.status for request in github.requests] == [304, 200]
