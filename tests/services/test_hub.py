"""Models, data sets and spaces of Hugging Face: what an answer means, what it costs, and what a bad one cannot do."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import polars as pl
import pytest
from loopback import Asked, Clock, Reply, serve

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report, exchanges_frame
from pipeline.services.hub.client import LONGEST_PAUSE, RESERVED_REQUESTS, fetch_papers, fetch_resources
from pipeline.services.hub.reader import RESOURCES, parse_resources
from pipeline.services.hub.resources import FIELDS
from pipeline.standin import Standin
from pipeline.warehouse.raw import identify

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)
TOKEN = "hf_secret_of_the_tests"
HUB_ID = "64f5fd954d3b1dd311d30e28"
MISSING = Reply(401, b'{"error": "Invalid username or password."}', {"Content-Type": "application/json"})
BAD_TOKEN = Reply(401, b'{"error": "Invalid credentials in Authorization header"}')


def described(name: str = "owner/name", **changed: object) -> Reply:
    known = {"_id": HUB_ID, "id": name, "downloads": 7, "downloadsAllTime": 90, "likes": 3, "gated": False}
    return Reply(200, json.dumps({**known, **changed}).encode(), {"Content-Type": "application/json"})


def named(asked: Asked) -> str:
    return urlsplit(asked.path).path.split("/", 3)[3]


class Client:
    def __init__(self) -> None:
        self.clock = Clock(NOW)
        self.kept: list[Exchange] = []
        self.refusals: list[str] = []
        self.web = Web(now=self.clock.now, sleep=self.clock.sleep)

    def ask(self, url: str, *subjects: str, token: str | None = None) -> Report:
        with self.web:
            return fetch_resources(
                self.web, url, subjects, token=token, store=self.kept.append, refuse=self.refusals.append
            )

    def fetch(self, answer: Reply | Callable[[Asked], Reply], *subjects: str, token: str | None = None) -> Report:
        with serve(answer if callable(answer) else lambda _: answer) as server:
            return self.ask(server.url, *(subjects or ("model/owner/name",)), token=token)

    def parsed(self) -> tuple[list[dict[str, Any]], list[str]]:
        resources, attempts = parse_resources(identify(exchanges_frame(self.kept)))
        assert dict(resources.schema) == {**RESOURCES, "exchange_id": pl.String}
        return resources.to_dicts(), attempts["outcome"].to_list()


@pytest.fixture
def client() -> Client:
    return Client()


def test_a_model_is_described_by_what_was_asked_for(client: Client):
    tags = ["license:mit", "arxiv:2307.09288", "arxiv:2307.09288v2", "arxiv:none", "en"]
    base = {"relation": "quantized", "models": [{"_id": HUB_ID, "id": "b/base"}, {"_id": HUB_ID, "id": "a/base"}]}
    told = {"tags": tags, "baseModels": base, "gated": "auto", "pipeline_tag": "text-generation", "disabled": True}
    report = client.fetch(described("Owner/Name", **told, createdAt="2023-09-04T15:53:57.000Z"))
    assert (report.requests, report.answered, report.deferred) == (1, 1, ())
    [row], outcomes = client.parsed()
    assert outcomes == ["found"]
    assert (row["resource_asked"], row["hub_id"], row["hub_name"]) == ("model/owner/name", HUB_ID, "Owner/Name")
    assert (row["licence"], row["is_gated"], row["is_disabled"]) == ("mit", True, True)
    assert row["cited_arxiv_ids"] == ["2307.09288"] and row["base_models"] == ["a/base", "b/base"]
    assert row["created_at"] == datetime(2023, 9, 4, 15, 53, 57, tzinfo=UTC)
    counts = ("downloads_30_days_count", "downloads_all_time_count", "likes_count")
    assert tuple(row[name] for name in counts) == (7, 90, 3)


def test_a_space_has_no_downloads_even_if_an_answer_says_so(client: Client):
    client.fetch(described(), "space/owner/name")
    [row], _ = client.parsed()
    assert (row["downloads_30_days_count"], row["downloads_all_time_count"], row["likes_count"]) == (None, None, 3)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (MISSING, "not_public"),
        (Reply(404, b'{"error": "Repository not found"}', {"X-Error-Code": "RepoNotFound"}), "not_public"),
        (Reply(404, b"<html>nothing here"), "failed"),
        (Reply(404, b'{"error": "Invalid rev id"}', {"X-Error-Code": "RevisionNotFound"}), "failed"),
        (Reply(401, b"<html>log in to this network"), "failed"),
        (Reply(401, b'{"error": "Access is restricted"}', {"X-Error-Code": "GatedRepo"}), "failed"),
        (BAD_TOKEN, "unauthorized"),
        (Reply(400, b'{"error": "Invalid option: expected one of ..."}'), "failed"),
        (Reply(200, b"<html>"), "failed"),
        (Reply(200, b"[]"), "failed"),
        (described(_id=None), "failed"),
        (described(_id="ABC"), "failed"),
        (described(id="../../evil"), "failed"),
        (described(downloads=-1), "failed"),
        (described(tags="x"), "failed"),
    ],
)
def test_absence_is_what_the_service_says_in_its_own_words_and_all_else_is_a_failure(
    client: Client, answer: Reply, outcome: str
):
    report = client.fetch(answer)
    resources, outcomes = client.parsed()
    assert set(outcomes) == {outcome}
    assert [row["status"] for row in resources] == ["not_public"] * (outcome == "not_public")
    assert bool(report.deferred) == (outcome != "not_public") == (report.reason is not None)


def test_a_refused_token_is_left_out_from_then_on_and_told_once(client: Client):
    def answer(asked: Asked) -> Reply:
        return BAD_TOKEN if "authorization" in asked.headers else described(named(asked))

    report = client.fetch(answer, "model/a/one", "model/a/two", token=TOKEN)
    assert (report.requests, report.answered, len(client.refusals)) == (3, 2, 1)
    assert "HF_TOKEN" in client.refusals[0] and TOKEN not in client.refusals[0]


def test_a_rename_is_followed_on_the_same_host_with_the_token_and_to_no_other(client: Client):
    def answer(asked: Asked) -> Reply:
        old, new = "/api/models/old/name", "/api/models/new/name"
        if urlsplit(asked.path).path == old:
            return Reply(307, b"", {"Location": asked.path.replace(old, new)})
        return described("new/name")

    assert client.fetch(answer, "model/old/name", token=TOKEN).answered == 1
    [row], _ = client.parsed()
    assert (row["resource_asked"], row["hub_name"]) == ("model/old/name", "new/name")

    with serve(lambda _: described()) as elsewhere:
        away = elsewhere.url.replace("127.0.0.1", "localhost")
        client.kept.clear()
        report = client.fetch(Reply(307, b"", {"Location": f"{away}/api/models/owner/name"}), token=TOKEN)
        assert report.answered == 0 and elsewhere.asked == []
        assert {exchange.error for exchange in client.kept} == {"a redirect to another host"}
        # another port of the same host is another service: it may be asked, but never with the token
        client.fetch(Reply(307, b"", {"Location": f"{elsewhere.url}/api/models/owner/name"}), token=TOKEN)
        assert all("authorization" not in asked.headers for asked in elsewhere.asked)


def test_a_window_that_is_nearly_spent_is_waited_for_once_and_the_rest_is_deferred(client: Client):
    left = [RESERVED_REQUESTS + 2]

    def answer(asked: Asked) -> Reply:
        left[0] -= 1
        limit = {"RateLimit": f'"api";r={left[0]};t=240'}
        return Reply(200, described(named(asked)).body, limit)

    subjects = [f"model/a/{number}" for number in range(6)]
    report = client.fetch(answer, *subjects)
    assert (report.answered, report.deferred) == (3, tuple(subjects[3:]))  # the stand-in never renews its window
    assert report.until is not None and timedelta() < report.until - client.clock.now() <= LONGEST_PAUSE
    assert client.clock.now() - NOW == timedelta(seconds=241)
    assert report.quota_left == RESERVED_REQUESTS - 1


def test_papers_are_not_asked_for_in_a_window_that_an_earlier_answer_found_nearly_spent(client: Client):
    ends = NOW + timedelta(seconds=55)
    with serve(lambda _: described()) as server, client.web:
        report = fetch_papers(
            client.web,
            server.url,
            ["2501.00001"],
            token=None,
            store=client.kept.append,
            quota=(RESERVED_REQUESTS, ends),
        )
    assert (report.requests, report.deferred, report.until) == (0, ("2501.00001",), ends)


def test_a_limit_is_waited_for_as_long_as_it_says_and_a_limit_without_an_end_is_not_pressed(client: Client):
    answers = [Reply(429, b"{}", {"RateLimit": '"api";r=0;t=55'}), described()]
    assert client.fetch(lambda _: answers.pop(0)).answered == 1
    assert client.clock.now() - NOW == timedelta(seconds=56)
    report = client.fetch(Reply(429, b"{}", {"RateLimit": '"api";r=0;t=0'}), "model/a/b", "model/c/d")
    assert (report.requests, report.answered, len(report.deferred)) == (3, 0, 2)


def test_a_service_that_is_down_is_left_after_three_resources(client: Client):
    subjects = [f"dataset/a/{number}" for number in range(9)]
    report = client.fetch(Reply(503), *subjects)
    assert (report.requests, report.deferred) == (9, tuple(subjects))
    assert report.until is not None and "3 resources in a row" in str(report.reason)


def test_what_cannot_be_a_resource_is_deferred_without_a_request(client: Client):
    odd = ("model/a/../b", "model/a/b?c", "collection/a/b", "dataset/", "model/a/b/c")
    report = client.fetch(described(), *odd)
    assert (report.requests, report.deferred) == (0, odd) and report.reason


def refuse_fields(asked: Asked, *unknown: str) -> Reply | None:
    """Refuse a request for a field that the service knows no more, as it does: with a list of what it knows."""
    kind = urlsplit(asked.path).path.split("/")[2].removesuffix("s")
    if not any(f"={field}" in asked.path for field in unknown):
        return None
    known = "|".join(f'"{field}"' for field in (*FIELDS[kind], "sha") if field not in unknown)
    return Reply(400, json.dumps({"error": f"Invalid option: expected one of {known}"}).encode())


def test_a_field_that_the_service_knows_no_more_is_left_out_from_then_on(client: Client):
    def answer(asked: Asked) -> Reply:
        return refuse_fields(asked, "trendingScore", "runtime") or described(named(asked))

    report = client.fetch(answer, "model/a/b", "model/c/d", "space/e/f", "space/g/h")
    assert (report.requests, report.answered, report.deferred) == (6, 4, ())
    assert client.parsed()[0][0]["likes_count"] == 3


def test_a_field_that_is_needed_is_not_left_out_and_the_reason_says_what_the_service_says(client: Client):
    report = client.fetch(lambda asked: refuse_fields(asked, "likes") or described(named(asked)))
    assert report.deferred and report.reason and "expected one of" in report.reason
    assert report.requests == 1


def test_what_the_service_says_is_one_harmless_line_that_can_be_stored(client: Client):
    report = client.fetch(Reply(400, rb'{"error": "odd \ud800 text\n\u202e"}'), "model/owner/name")
    assert str(report.reason).endswith(r"(odd ? text \u202e)")


def test_no_option_is_asked_for_that_the_service_does_not_know(client: Client):
    with Standin(now=client.clock.now) as standin:
        report = client.ask(standin.url, "model/a/b", "dataset/a/b", "space/a/b", "dataset/early")
        assert not report.deferred and set(client.parsed()[1]) <= {"found", "not_public"}
        wrong = client.web.send("GET", f"{standin.url}/api/spaces/a/b?expand[]=downloads", service="hub", asked=())
    assert wrong.status == 400


def test_the_resources_of_a_real_warehouse_cost_one_request_each_and_two_windows(client: Client):
    kinds = ["model"] * 273 + ["dataset"] * 266 + ["space"] * 35
    subjects = [f"{kind}/owner/name-{number}" for number, kind in enumerate(kinds)]
    with Standin(now=client.clock.now) as standin:
        report = client.ask(standin.url, *subjects)
        asked = len(standin.asked("/api/"))
    assert not report.deferred and asked <= 1.1 * len(subjects)
    assert client.clock.now() - NOW <= LONGEST_PAUSE
    with_token = Client()
    with Standin(now=with_token.clock.now) as standin:
        standin.hugging_face.token = TOKEN
        assert not with_token.ask(standin.url, *subjects, token=TOKEN).deferred
    assert with_token.clock.now() == NOW
