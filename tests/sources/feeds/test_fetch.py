"""Looking at a day of a list: all its pages, from its own place alone, at the pace that the service sets."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from loopback import Asked, Clock, Reply, serve

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, exchanges_frame
from pipeline.http.quota import quota_renews_at
from pipeline.sources.feeds import fetch
from pipeline.sources.feeds.daily_papers import paper_id, read_day
from pipeline.sources.feeds.fetch import FetchedLook, fetch_look, fetch_looks
from pipeline.sources.feeds.looks import find_outcome, page_of
from pipeline.sources.feeds.responses import is_not_yet, next_page, next_target
from pipeline.standin import Standin
from pipeline.standin.hugging_face import PATH

SHARED = Path(__file__).parents[3].parent / "shared" / "lists" / "2404589803" / "hf-daily-paper-newsletter-chinese"
DAY = date(2025, 3, 5)
TOKEN = "hf_secretsecret"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def web(clock: Clock) -> Iterator[Web]:
    with Web(now=clock.now, sleep=clock.sleep, monotonic=clock.monotonic) as web:
        yield web


@pytest.fixture
def standin(clock: Clock) -> Iterator[Standin]:
    with Standin(now=clock.now) as running:
        yield running


def url_of(base: str, day: date = DAY, limit: int = 100) -> str:
    return f"{base}{PATH}?date={day}&limit={limit}&p=0"


def look_at(web: Web, base: str, limit: int = 100, token: str | None = None) -> FetchedLook:
    return fetch_look(web, url_of(base, limit=limit), f"lab/list/{DAY}", token=token)


def papers(count: int) -> list[dict[str, Any]]:
    return [{"paper": {"id": f"2503.{number:05}", "title": "Tea", "upvotes": 0}} for number in range(count)]


def ids(look: FetchedLook) -> list[str | None]:
    return [paper_id(entry) for entry in read_day([page.body or b"" for page in look.exchanges]).found]


def answer_in_turn(*replies: Reply) -> Callable[[Asked], Reply]:
    left = list(replies)
    return lambda asked: left.pop(0) if len(left) > 1 else left[0]


# --- a look


def test_a_look_holds_every_page_in_order_and_says_that_they_belong_together(web: Web, standin: Standin) -> None:
    standin.hugging_face.put(DAY, papers(25))
    look = look_at(web, standin.url, limit=10)
    assert (look.reason, look.until, look.requests) == (None, None, 3)
    assert ids(look) == [f"2503.{number:05}" for number in range(25)]
    assert [page.asked for page in look.exchanges] == [(f"lab/list/{DAY}",)] * 3
    assert {page.service for page in look.exchanges} == {"feed"}
    assert {page.headers["x-look"] for page in look.exchanges} == {look.exchanges[0].fetched_at.isoformat()}
    assert [next_target(page) is None for page in look.exchanges] == [False, False, True]
    assert look.exchanges[0].headers["ratelimit"] == '"api";r=499;t=300'
    assert look.exchanges[0].headers["ratelimit-policy"].endswith("q=500;w=300")


def test_a_usual_day_costs_one_request(web: Web, standin: Standin) -> None:
    standin.hugging_face.put(DAY, papers(100))
    look_at(web, standin.url)
    assert [request.path for request in standin.requests] == [f"{PATH}?date={DAY}&limit=100&p=0"]


def test_a_day_without_papers_is_a_complete_look(web: Web, standin: Standin) -> None:
    look = fetch_look(web, url_of(standin.url, date(2025, 3, 8)), "lab/list/2025-03-08")
    assert (look.reason, look.exchanges[0].body, look.is_not_yet) == (None, b"[]", False)


def test_real_days_come_with_every_paper(web: Web) -> None:
    folder = SHARED / "main" / "Paper_metadata_download"
    if not folder.is_dir():
        pytest.skip(f"the real lists are not here: {folder}")
    with Standin(lists=folder) as standin:
        for day in (date(2024, 10, 10), date(2025, 3, 4)):
            look = fetch_look(web, url_of(standin.url, day, limit=7), f"lab/list/{day}")
            given = json.loads((folder / f"{day}.json").read_bytes())
            assert ids(look) == [entry["paper"]["id"] for entry in given]


# --- papers that move


def moving(*looks: list[list[int]]) -> tuple[list[str], Callable[[Asked], Reply]]:
    """Return which pages are asked for, and a service whose pages change when asked for again."""
    asked_for: list[str] = []

    def answer(asked: Asked) -> Reply:
        page = asked.path.rpartition("p=")[2]
        shown = looks[min(asked_for.count(page), len(looks) - 1)]
        asked_for.append(page)
        following = f'<{PATH}?date={DAY}&limit=100&p={int(page) + 1}>; rel="next"'
        links = {"Link": following} if int(page) + 1 < len(shown) else {}
        return Reply(200, json.dumps([papers(10)[number] for number in shown[int(page)]]).encode(), links)

    return asked_for, answer


def numbers(look: FetchedLook) -> list[int]:
    return sorted(int(str(arxiv_id)[-5:]) for arxiv_id in ids(look))


def outcome_of(look: FetchedLook) -> str | None:
    rows = exchanges_frame(look.exchanges).with_columns(exchange_id=pl.lit("x")).to_dicts()
    return find_outcome(sorted(rows, key=page_of))[0]


def test_a_paper_that_rose_to_a_page_that_was_read_is_found_by_reading_it_again(web: Web) -> None:
    asked_for, answer = moving([[1, 2, 3], [3, 5]], [[1, 4, 2], [3, 5]])
    with serve(answer) as server:
        look = look_at(web, server.url)
    assert (numbers(look), asked_for, look.requests) == ([1, 2, 3, 4, 5], ["0", "1", "0"], 3)
    assert (look.reason, outcome_of(look)) == (None, "page")


def test_each_page_before_the_last_is_read_again_and_once(web: Web) -> None:
    asked_for, answer = moving([[0, 1], [2, 3], [3, 5]], [[0, 1], [4, 2], [3, 5]])
    with serve(answer) as server:
        look = look_at(web, server.url)
    assert (numbers(look), asked_for) == ([0, 1, 2, 3, 4, 5], ["0", "1", "2", "0", "1"])
    assert outcome_of(look) == "page"


def test_a_page_that_cannot_be_read_again_fails_the_look_since_a_paper_may_be_missing(web: Web) -> None:
    _, answer = moving([[1, 2, 3], [3, 5]])
    replies = [answer, answer, lambda asked: Reply(404)]
    with serve(lambda asked: replies.pop(0)(asked)) as server:
        look = look_at(web, server.url)
    assert look.reason is not None
    assert outcome_of(look) == "failed"


# --- pages that follow


@pytest.mark.parametrize(
    "target",
    [
        "http://elsewhere.example/api/daily_papers?date=2025-03-05&p=1",
        "https://127.0.0.1/api/daily_papers?date=2025-03-05&p=1",
        "//elsewhere.example/api/daily_papers?date=2025-03-05&p=1",
        "/api/other?date=2025-03-05&p=1",
        "?date=2025-03-06&p=1",
        "?p=1",
        "?date=2025-03-05&date=2025-03-06&p=1",
        "http://[::1/api/daily_papers",
        "file:///etc/passwd",
        "HERE@127.0.0.1/api/daily_papers?date=2025-03-05&p=1",
    ],
)
def test_a_next_page_of_another_place_or_day_fails_the_look(web: Web, target: str) -> None:
    with serve(lambda asked: Reply(body=b"[]", headers={"Link": f'<{target}>; rel="next"'})) as server:
        look = look_at(web, server.url, token=TOKEN)
    assert len(server.asked) == 1
    assert look.reason is not None and "the next page is said to be elsewhere" in look.reason
    assert look.exchanges[-1].error == look.reason


def test_a_password_in_the_address_of_the_next_page_is_not_sent(web: Web) -> None:
    def answer(asked: Asked) -> Reply:
        target = f"http://me:pw@127.0.0.1:{server.port}{PATH}?date={DAY}&p=1"
        return Reply(body=b"[]", headers={"Link": f'<{target}>; rel="next"'})

    with serve(answer) as server:
        look = look_at(web, server.url)
    assert (len(server.asked), look.reason is None) == (1, False)


def test_the_same_page_is_never_asked_for_twice(web: Web) -> None:
    pages = {"0": "1", "1": "0"}

    def answer(asked: Asked) -> Reply:
        following = pages[asked.path[-1]]
        return Reply(body=b"[]", headers={"Link": f'<?date={DAY}&limit=100&p={following}#x>; rel="next"'})

    with serve(answer) as server:
        look = look_at(web, server.url)
    assert len(server.asked) == 2
    assert look.reason is not None and "was there before" in look.reason


def test_pages_without_end_are_left_after_fifty(web: Web) -> None:
    def answer(asked: Asked) -> Reply:
        page = int(asked.path.rpartition("=")[2])
        return Reply(body=b"[]", headers={"Link": f'<?date={DAY}&limit=100&p={page + 1}>; rel="next"'})

    with serve(answer) as server:
        look = look_at(web, server.url)
    assert len(server.asked) == len(look.exchanges) == 50
    assert look.reason is not None and look.reason.endswith("more than 50 pages")


def exchange_with(**headers: str) -> Exchange:
    now = datetime(2026, 11, 27, tzinfo=UTC)
    return Exchange("feed", ("x",), 1, "https://h.example/list?date=1&p=0", "GET", 200, headers, now, b"[]", None)


@pytest.mark.parametrize(
    ("link", "following"),
    [
        ('<https://h.example/list?date=1&p=1>; rel="next"', "p=1"),
        ("<https://h.example/list?date=1&p=1>; rel=next", "p=1"),
        ('<https://h.example/list?date=1&p=9>; rel="last", <?date=1&p=1>; rel="next"', "p=1"),
        ('<?date=1&p=1>; title="a, b"; REL="prefetch NEXT"', "p=1"),
        ('<https://H.example:443/list?date=1&p=1>; rel="next"', "p=1"),
        ('<?date=1&p=0>; rel="prev"', None),
        ('<?date=1&p=1>; title="next"', None),
        ("?date=1&p=1", None),
        ("", None),
    ],
)
def test_links_are_read_in_every_form(link: str, following: str | None) -> None:
    found = next_page(exchange_with(link=link), "https://h.example/list?date=1&p=0")
    assert (found and found.rpartition("&")[2]) == following


def test_a_link_that_was_too_long_to_be_stored_fails_the_look(web: Web) -> None:
    first = f'<?date={DAY}&x={"x" * 1000}>; rel="prev", <?date={DAY}&p=1>; rel="next"'
    with serve(lambda asked: Reply(body=b"[]", headers={"Link": first})) as server:
        look = look_at(web, server.url)
    assert look.reason is not None and look.reason.endswith("the header Link is too long")


def test_a_page_that_fails_cuts_the_look_and_says_why(web: Web, standin: Standin) -> None:
    standin.hugging_face.put(DAY, papers(25))
    standin.fail(f"{PATH}?date={DAY}&limit=10&p=2", 503)
    look = look_at(web, standin.url, limit=10)
    assert [page.status for page in look.exchanges] == [200, 200, 503]
    assert look.reason is not None and look.reason.endswith("HTTP 503")
    assert look.requests == 5


# --- days that have not begun, and other refusals


def test_a_day_that_has_not_begun_is_not_yet_and_no_failure(web: Web, standin: Standin, clock: Clock) -> None:
    tomorrow = clock.now().date() + timedelta(days=1)
    look = fetch_look(web, url_of(standin.url, tomorrow), f"lab/list/{tomorrow}")
    assert (look.is_not_yet, look.reason, look.requests) == (True, None, 1)
    assert (look.exchanges[0].status, look.exchanges[0].error) == (400, None)
    assert is_not_yet(look.exchanges[0])


@pytest.mark.parametrize("bound", ["2099-01-01", f"{DAY}", "2001-01-01"])
def test_a_day_long_past_that_is_said_not_to_have_begun_has_failed(web: Web, bound: str) -> None:
    body = json.dumps({"error": f'"date" must be less than or equal to "{bound}T00:00:00.000Z"'}).encode()
    with serve(lambda asked: Reply(400, body)) as server:
        look = look_at(web, server.url)
    assert not look.is_not_yet
    assert look.reason is not None and f'must be less than or equal to "{bound}' in look.reason


def test_another_400_fails_in_the_words_of_the_service(web: Web) -> None:
    body = json.dumps({"error": '"limit" must be less than or equal to 100\n\x1b[31m'}).encode()
    with serve(lambda asked: Reply(400, body)) as server:
        look = look_at(web, server.url)
    assert (look.is_not_yet, look.requests) == (False, 1)
    assert look.reason is not None and look.reason.isprintable()
    assert 'HTTP 400: \'"limit" must be less than or equal to 100' in look.reason


def test_a_day_that_is_taken_back_after_its_first_page_is_a_failure(web: Web, clock: Clock) -> None:
    today = clock.now().date()
    refusal = Reply(400, b'{"error": "date must be less than or equal to \\"2025-03-04T00:00:00.000Z\\""}')
    first = Reply(body=b"[]", headers={"Link": f'<?date={today}&p=1>; rel="next"'})
    with serve(answer_in_turn(first, refusal)) as server:
        look = fetch_look(web, url_of(server.url, today), f"lab/list/{today}")
    assert look.reason is not None and not look.is_not_yet
    assert look.exchanges[-1].error == look.reason


@pytest.mark.parametrize("body", [b"", b"\xff", b"<html>no</html>", b'{"error": {"a": 1}}', b"[" * 100_000, b"null"])
def test_a_refusal_of_any_shape_is_one_readable_line(web: Web, body: bytes) -> None:
    with serve(lambda asked: Reply(404, body)) as server:
        look = look_at(web, server.url)
    assert look.reason is not None and "HTTP 404" in look.reason and look.reason.isprintable()


@pytest.mark.parametrize("body", [b"<!DOCTYPE html>", b'{"error": "later"}', b""])
def test_what_is_no_list_is_asked_for_again(web: Web, standin: Standin, body: bytes) -> None:
    with serve(answer_in_turn(Reply(body=body), Reply(body=b' \n[{"paper": {"id": "2503.00001"}}]'))) as server:
        look = look_at(web, server.url)
    assert (look.reason, look.requests) == (None, 2)
    with serve(lambda asked: Reply(body=body)) as server:
        look = look_at(web, server.url)
    assert look.reason is not None and "not a list" in look.reason
    assert look.requests == 3


# --- the token


def test_the_token_goes_to_the_list_alone(web: Web, standin: Standin) -> None:
    standin.hugging_face.token = TOKEN
    standin.hugging_face.put(DAY, papers(15))
    assert look_at(web, standin.url, limit=10, token=TOKEN).reason is None
    assert [request.headers["authorization"] for request in standin.requests] == [f"Bearer {TOKEN}"] * 2
    with serve(lambda asked: Reply(body=b"[]")) as elsewhere:
        location = f"http://127.0.0.1:{elsewhere.port}/x"
        with serve(lambda asked: Reply(302, headers={"Location": location})) as server:
            look_at(web, server.url, token=TOKEN)
    assert ["authorization" in asked.headers for asked in server.asked + elsewhere.asked] == [True, False]


def test_a_refused_token_is_told_and_the_look_goes_on_without_it(
    web: Web, standin: Standin, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    standin.hugging_face.put(DAY, papers(15))
    look = look_at(web, standin.url, limit=10, token=TOKEN)
    assert (look.reason, len(ids(look))) == (None, 15)
    assert look.refusal is not None and look.refusal.startswith("the token was refused (401)")
    assert [request.status for request in standin.requests] == [401, 200, 200]
    assert TOKEN not in repr(look) + caplog.text


def test_a_refused_token_is_tried_on_one_day_only(web: Web, standin: Standin) -> None:
    days = [DAY + timedelta(days=step) for step in range(3)]
    looks = list(fetch_looks(web, [(url_of(standin.url, day), f"lab/list/{day}") for day in days], token=TOKEN))
    assert [bool(look.refusal) for look in looks] == [True, False, False]
    assert [request.status for request in standin.requests] == [401, 200, 200, 200]


def test_a_token_that_is_repeated_is_not_stored(web: Web) -> None:
    def answer(asked: Asked) -> Reply:
        said = asked.headers["authorization"]
        return Reply(400, json.dumps({"error": said}).encode(), {"Link": f"<?{said}>"})

    with serve(answer) as server:
        look = look_at(web, server.url, token=TOKEN)
    assert TOKEN not in repr(look)


# --- pace


def questions(standin: Standin, count: int) -> list[tuple[str, str]]:
    days = [DAY + timedelta(days=step) for step in range(count)]
    return [(url_of(standin.url, day), f"lab/list/{day}") for day in days]


def test_a_used_up_quota_is_waited_for_before_the_next_request(web: Web, standin: Standin, clock: Clock) -> None:
    standin.allow(2, "list")
    looks = list(fetch_looks(web, questions(standin, 4)))
    assert [look.reason for look in looks] == [None] * 4
    assert clock.waits == [301]
    assert [request.status for request in standin.requests] == [200] * 4


def test_a_quota_that_renews_too_late_ends_the_looks(web: Web) -> None:
    reply = Reply(body=b"[]", headers={"RateLimit": '"api";r=0;t=4000'})
    with serve(lambda asked: reply) as server:
        looks = list(fetch_looks(web, [(url_of(server.url), "lab/list/1"), (url_of(server.url), "lab/list/2")] * 2))
    assert len(server.asked) == 1
    assert [look.reason is None for look in looks] == [True, False, False, False]
    assert all(look.until == looks[0].free_at for look in looks[1:])
    assert [look.exchanges[0].error for look in looks[1:]] == [f"not asked, after {looks[1].reason}"] * 3
    assert "no requests are left until" in str(looks[1].reason)


def test_pages_of_one_look_wait_for_the_quota_too(web: Web, standin: Standin, clock: Clock) -> None:
    standin.hugging_face.put(DAY, papers(25))
    standin.allow(1, "list")
    look = look_at(web, standin.url, limit=10)
    assert (look.reason, len(ids(look)), clock.waits) == (None, 25, [301])


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "17"}, 17),
        ({"RateLimit": '"api";r=0;t=55'}, 56),
        ({"RateLimit": '"pages";r=7;t=99, "api";r=0;t=55'}, 56),
        ({"RateLimit": '"api";r=3;t=55', "Retry-After": "9"}, 9),
    ],
)
def test_a_limit_is_waited_for_as_the_service_says(
    web: Web, clock: Clock, headers: dict[str, str], wait: float
) -> None:
    with serve(answer_in_turn(Reply(429, headers=headers), Reply(body=b"[]"))) as server:
        assert look_at(web, server.url).reason is None
    assert clock.waits == [wait]


def test_a_limit_of_a_whole_window_is_waited_for_once(web: Web, standin: Standin, clock: Clock) -> None:
    standin.allow(0, "list")
    assert look_at(web, standin.url).reason is None
    assert clock.waits == [301]


def test_a_limit_that_stays_ends_the_looks_and_says_until_when(web: Web, standin: Standin) -> None:
    standin.fail(PATH, 429, headers={"Retry-After": "100"})
    looks = list(fetch_looks(web, questions(standin, 3)))
    asked = len(standin.requests)
    assert asked <= 4
    assert all(look.reason for look in looks)
    assert looks[0].until == looks[0].exchanges[0].fetched_at + timedelta(seconds=100)
    assert [look.until for look in looks] == [looks[0].until] * 3
    assert str(looks[2].exchanges[0].error).startswith("not asked, after ")


def test_a_host_that_refuses_us_is_left_alone(web: Web, standin: Standin) -> None:
    standin.fail(PATH, 403)
    looks = list(fetch_looks(web, questions(standin, 3)))
    assert len(standin.requests) == 1
    assert looks[2].until == looks[0].exchanges[0].fetched_at + timedelta(minutes=30)


@pytest.mark.parametrize("how", [503, "reset", "cut", "html"])
def test_an_outage_is_tried_again_and_after_three_days_the_rest_is_not_asked(
    web: Web, standin: Standin, how: Any
) -> None:
    standin.fail(PATH, how, times=2)
    assert look_at(web, standin.url).reason is None
    standin.fail(PATH, how)
    standin.requests.clear()
    looks = list(fetch_looks(web, questions(standin, 5)))
    assert len(standin.requests) == 9
    assert [look.requests for look in looks] == [3, 3, 3, 0, 0]
    assert looks[3].reason == looks[2].reason
    assert looks[3].exchanges[0].error == f"not asked, after {looks[2].reason}"
    assert looks[3].exchanges[0].status is None


def test_failures_that_are_not_in_a_row_stop_nothing(web: Web, standin: Standin) -> None:
    asked = questions(standin, 5)
    for url, _ in asked[::2]:
        standin.fail(url.removeprefix(standin.url), 503)
    assert [look.reason is None for look in fetch_looks(web, asked)] == [False, True, False, True, False]


def test_a_storm_ends_with_the_lists_of_a_calm_day(clock: Clock, web: Web) -> None:
    with Standin(now=lambda: clock.start) as standin:  # lists that stand still, while the clock of the looks goes on
        asked = questions(standin, 16)
        calm = {look.exchanges[0].asked[0]: look.exchanges[0].body for look in fetch_looks(web, asked)}
        for how in (503, "reset", "cut", "html", 429):
            standin.fail(PATH, how, share=0.2, seed=3)
        kept: dict[str, bytes | None] = {}
        for _ in range(20):
            left = [question for question in asked if question[1] not in kept]
            looks = [look for look in fetch_looks(web, left) if look.reason is None]
            kept |= {look.exchanges[0].asked[0]: look.exchanges[0].body for look in looks}
    assert kept == calm


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ('"api";r=0;t=55', 56),
        ('"api"; t=55; r=0', 56),
        ('"api";r=0;t=0', 1),
        ('"api";r=1;t=55', None),
        ('"api";r=0', None),
        ('"api";r=0;t=99999999', None),
        ('"api";r=-1;t=5', None),
        ("limit=100, remaining=0, reset=50", None),
        ("", None),
    ],
)
def test_a_quota_is_read_in_the_form_of_the_draft(written: str, seconds: int | None) -> None:
    exchange = exchange_with(ratelimit=written)
    renews_at = quota_renews_at(exchange)
    assert (renews_at and (renews_at - exchange.fetched_at).total_seconds()) == seconds


def test_a_list_whose_pages_are_too_large_together_is_a_failed_look(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "LOOK_LIMIT_BYTES", 2500)

    def answer(asked: Asked) -> Reply:
        page = len(loopback.asked)
        link = f'<{loopback.url}{PATH}?date={DAY}&limit=100&p={page}>; rel="next"'
        return Reply(200, b"[" + b" " * 998 + b"]", {"Link": link})

    with serve(answer) as loopback:
        look = look_at(web, loopback.url)
    assert look.requests == 3
    assert look.reason == f"{look.exchanges[-1].url}: more than 2500 bytes, and another page"
    assert look.exchanges[-1].error == look.reason
