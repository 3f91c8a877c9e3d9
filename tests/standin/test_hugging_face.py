"""The stand-in for Hugging Face's list answers as the service does, over real HTTP."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from pipeline.standin import DEMO, Response, Standin
from pipeline.standin.hugging_face import PATH

SHARED = Path(__file__).parents[2].parent / "shared" / "lists" / "2404589803" / "hf-daily-paper-newsletter-chinese"
DAY = date(2025, 3, 5)
CLOSED = datetime(2025, 3, 6, 2, 30, tzinfo=UTC)  # 21:30 in New York, where summer time begins on the 9th
LATER = datetime(2025, 4, 1, tzinfo=UTC)


class Clock:
    """The stand-in's clock, set by tests."""

    def __init__(self) -> None:
        self.at = LATER

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def standin(clock: Clock) -> Iterator[Standin]:
    with Standin(now=clock.now) as running:
        yield running


def ask(standin: Standin, query: str, token: str | None = None) -> requests.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return requests.get(f"{standin.url}{PATH}?{query}", headers=headers, timeout=10)


def ids(response: requests.Response) -> list[str]:
    return [entry["paper"]["id"] for entry in response.json()]


def entry(arxiv_id: str, upvotes: int = 0) -> dict[str, Any]:
    return {"paper": {"id": arxiv_id, "title": "Tea", "upvotes": upvotes}}


@pytest.mark.parametrize(
    "query",
    [
        "date=2025-3-5",
        "date=2025-02-30",
        "date=today",
        "date=",
        "date=2025-03-05&limit=0",
        "date=2025-03-05&limit=101",
        "date=2025-03-05&p=-1",
        "date=2025-03-05&p=one",
        "date=2025-03-05&sort=upvotes",
        "date=2025-03-05&page=1",
        "date=2025-03-05&date=2025-03-06",
    ],
)
def test_what_is_malformed_is_400_and_says_why(standin: Standin, query: str) -> None:
    answer = ask(standin, query)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("Invalid query")
    assert "less than or equal" not in answer.text


@pytest.mark.parametrize(
    ("day", "at", "status"),
    [
        ("2026-09-02", "2026-09-02T00:00", 400),  # 20:00 of the day before, in New York
        ("2026-09-15", "2026-09-14T23:30", 400),
        ("2026-09-15", "2026-09-15T01:29", 400),
        ("2026-09-15", "2026-09-15T01:30", 200),
        ("2026-01-15", "2026-01-15T02:29", 400),  # an hour later in winter
        ("2026-01-15", "2026-01-15T02:30", 200),
    ],
)
def test_a_day_begins_in_the_evening_of_new_york(
    standin: Standin, clock: Clock, day: str, at: str, status: int
) -> None:
    clock.at = datetime.fromisoformat(at).replace(tzinfo=UTC)
    answer = ask(standin, f"date={day}")
    assert answer.status_code == status
    if status == 400:
        bound = date.fromisoformat(day) - timedelta(days=1)
        assert f'must be less than or equal to "{bound}' in answer.json()["error"]


def test_pages_are_linked_until_the_last_one(standin: Standin) -> None:
    standin.hugging_face.put(DAY, [entry(f"2503.{number:05}") for number in range(205)])
    seen: list[str] = []
    address: str | None = f"{standin.url}{PATH}?date={DAY}&limit=100"
    addresses: list[str | None] = []
    while address is not None:
        answer = requests.get(address, timeout=10)
        seen += ids(answer)
        address = answer.links["next"]["url"] if answer.links else None
        addresses.append(address)
    assert seen == [f"2503.{number:05}" for number in range(205)]
    assert addresses == [*(f"{standin.url}{PATH}?date={DAY}&limit=100&p={page}" for page in (1, 2)), None]


def test_a_full_last_page_has_no_link_and_none_follows(standin: Standin) -> None:
    standin.hugging_face.put(DAY, [entry(f"2503.{number:05}") for number in range(100)])
    assert "Link" in ask(standin, f"date={DAY}").headers  # fifty, without a limit
    assert "Link" not in ask(standin, f"date={DAY}&p=1").headers
    assert "Link" not in ask(standin, f"date={DAY}&limit=100").headers
    assert ids(ask(standin, f"date={DAY}&limit=100&p=1")) == []


def test_the_most_upvoted_stands_first_and_the_first_placed_among_equals(standin: Standin) -> None:
    standin.hugging_face.put(DAY, [entry("2503.00001", 2), entry("2503.00002", 9), entry("2503.00003", 2)])
    assert ids(ask(standin, f"date={DAY}")) == ["2503.00002", "2503.00001", "2503.00003"]


def test_a_day_without_papers_is_an_empty_list(standin: Standin) -> None:
    assert ask(standin, "date=2025-03-08").text == "[]"


def test_a_list_put_for_later_is_shown_from_then_on(standin: Standin, clock: Clock) -> None:
    standin.hugging_face.put(DAY, [entry("2503.00001", 1)], since=CLOSED - timedelta(hours=9))
    standin.hugging_face.put(DAY, [entry("2503.00001", 3), entry("2503.00002", 7)], since=CLOSED)
    looks: list[list[str]] = []
    for hours in (-12, -1, 0, 24):
        clock.at = CLOSED + timedelta(hours=hours)
        looks.append(ids(ask(standin, f"date={DAY}")))
    assert looks == [[], ["2503.00001"], ["2503.00002", "2503.00001"], ["2503.00002", "2503.00001"]]


def test_an_invented_day_lists_papers_of_the_archive_and_grows(standin: Standin, clock: Clock) -> None:
    looks: list[dict[str, dict[str, Any]]] = []
    for moment in (CLOSED - timedelta(hours=16), CLOSED, CLOSED + timedelta(days=14)):
        clock.at = moment
        looks.append({entry["paper"]["id"]: entry for entry in ask(standin, f"date={DAY}&limit=100").json()})
    early, closed, settled = looks
    page = (DEMO / f"archive/timlrx/daily-ai-papers/main/archive/{DAY:%Y/%m/%d}.md").read_text("utf-8")
    assert 0 < len(early) < len(closed) < len(settled)
    assert set(early) < set(closed) < set(settled)
    assert all(arxiv_id in page for arxiv_id in settled)
    for first, second in ((early, closed), (closed, settled)):
        assert all(first[id]["paper"]["upvotes"] <= second[id]["paper"]["upvotes"] for id in first)
        assert all(first[id]["numComments"] <= second[id]["numComments"] for id in first)
        assert all(first[id]["paper"]["title"] == second[id]["paper"]["title"] for id in first)


def test_links_of_some_papers_come_later_and_stay(standin: Standin, clock: Clock) -> None:
    late = 0
    for day in (date(2025, 3, 3) + timedelta(days=step) for step in range(5)):
        links: list[dict[str, str | None]] = []
        for days in (2, 30):
            clock.at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=days)
            papers = [entry["paper"] for entry in ask(standin, f"date={day}&limit=100").json()]
            links.append({paper["id"]: paper.get("githubRepo") for paper in papers})
        first, second = links
        late += sum(first[id] is None and second[id] is not None for id in first)
        assert all(second[id] == first[id] for id in first if first[id])
    assert late > 0


def test_the_outer_moment_is_that_of_new_york(standin: Standin) -> None:
    for shown in ask(standin, f"date={DAY}").json():
        inner, outer = (datetime.fromisoformat(each["publishedAt"]) for each in (shown["paper"], shown))
        assert inner - outer == timedelta(hours=5)


def test_given_files_are_served_as_they_are(tmp_path: Path) -> None:
    entries = [entry("2503.00001", 5), entry("2503.00002", 5)]
    (tmp_path / f"{DAY}.json").write_text(json.dumps(entries))
    with Standin(lists=tmp_path, now=lambda: LATER) as standin:
        assert ask(standin, f"date={DAY}").json() == entries
        assert ask(standin, "date=2025-03-06").json() == []  # although the archive has papers


def test_real_days_are_served_with_every_entry() -> None:
    folder = SHARED / "main" / "Paper_metadata_download"
    if not folder.is_dir():
        pytest.skip(f"the real lists are not here: {folder}")
    with Standin(lists=folder) as standin:
        for day in ("2024-10-10", "2025-03-11", "2026-05-14"):
            assert ask(standin, f"date={day}&limit=100").json() == json.loads((folder / f"{day}.json").read_bytes())


def test_the_quota_counts_down_in_the_form_of_the_draft_and_renews(standin: Standin, clock: Clock) -> None:
    standin.allow(1, "list")
    answer = ask(standin, f"date={DAY}")
    assert answer.headers["RateLimit"] == '"api";r=0;t=300'
    assert answer.headers["RateLimit-Policy"] == '"fixed window";"api";q=500;w=300'
    clock.at += timedelta(seconds=100)
    refused = ask(standin, f"date={DAY}")
    assert (refused.status_code, refused.headers["RateLimit"]) == (429, '"api";r=0;t=200')
    clock.at += timedelta(seconds=200)
    assert ask(standin, f"date={DAY}").headers["RateLimit"] == '"api";r=499;t=300'


def test_a_token_has_a_quota_of_its_own_and_a_wrong_one_is_refused(standin: Standin) -> None:
    assert ask(standin, f"date={DAY}", "hf_right").status_code == 401
    standin.hugging_face.token = "hf_right"
    standin.allow(0, "list")
    assert ask(standin, f"date={DAY}").status_code == 429
    assert ask(standin, f"date={DAY}", "hf_wrong").status_code == 401
    assert ask(standin, f"date={DAY}", "hf_right").headers["RateLimit"] == '"api";r=999;t=300'


def test_requests_are_logged_and_faults_strike(standin: Standin) -> None:
    for how in (503, 400, "html", "empty", Response(200, b"{}")):
        standin.fail(PATH, how, times=1)
    answers = [ask(standin, f"date={DAY}") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [503, 400, 200, 200, 200, 200]
    assert answers[1].json() == {"error": "Bad Request"}
    assert [answer.text[:2] for answer in answers[2:5]] == ["<!", "[]", "{}"]
    assert [request.status for request in standin.asked(PATH)] == [503, 400, 200, 200, 200, 200]


def test_a_list_is_only_read(standin: Standin) -> None:
    assert requests.post(f"{standin.url}{PATH}?date={DAY}", timeout=10).status_code == 405
