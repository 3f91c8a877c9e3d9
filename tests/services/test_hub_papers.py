"""Pages of papers at Hugging Face: what an answer means, and what a bad one cannot do."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from loopback import Clock, Reply, serve

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report, exchanges_frame
from pipeline.services.hub.client import RESERVED_REQUESTS, fetch_papers
from pipeline.services.hub.papers import parse_hub_papers
from pipeline.standin import Standin
from pipeline.warehouse.raw import identify

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)
PAPER = "2501.12345"


def described(arxiv_id: str = PAPER, headers: dict[str, str] | None = None, **changed: object) -> Reply:
    known = {"id": arxiv_id, "upvotes": 7, "numTotalModels": 40, "linkedModels": [{"id": "lab/m"}, {"id": "lab/m"}]}
    return Reply(200, json.dumps({**known, **changed}).encode(), {"Content-Type": "application/json"} | (headers or {}))


class Client:
    def __init__(self) -> None:
        self.clock, self.kept, self.refusals = Clock(NOW), list[Exchange](), list[str]()
        self.web = Web(now=self.clock.now, sleep=self.clock.sleep)

    def ask(self, url: str, *ids: str, token: str | None = None) -> Report:
        with self.web:
            return fetch_papers(self.web, url, ids, token=token, store=self.kept.append, refuse=self.refusals.append)

    def fetch(self, answer: Reply, *ids: str, token: str | None = None) -> Report:
        with serve(lambda _: answer) as server:
            return self.ask(server.url, *(ids or (PAPER,)), token=token)

    def parsed(self) -> tuple[list[dict[str, Any]], list[str]]:
        papers, attempts = parse_hub_papers(identify(exchanges_frame(self.kept)))
        return papers.to_dicts(), attempts["outcome"].to_list()


@pytest.fixture
def client() -> Client:
    return Client()


def test_a_page_tells_upvotes_code_who_added_it_and_what_it_lists_each_once(client: Client) -> None:
    told = {"githubRepo": "https://github.com/a/b", "githubRepoAddedBy": "auto", "organization": {"name": "lab"}}
    listed = {"linkedSpaces": [{"id": "lab/s"}, {"id": "../../x"}, {"id": None}], "projectPage": "https://a.github.io"}
    assert client.fetch(described(**told, **listed)).answered == 1
    papers, outcomes = client.parsed()
    assert outcomes == ["found"]
    del papers[0]["exchange_id"]
    assert papers[0] == {
        "arxiv_id": PAPER,
        "upvotes_count": 7,
        "code_url": "https://github.com/a/b",
        "code_added_by": "auto",
        "project_url": "https://a.github.io",
        "organisation": "lab",
        "resources": ["model/lab/m", "space/lab/s"],
        "models_count": 40,
        "datasets_count": None,
        "spaces_count": None,
        "observed_at": NOW,
    }


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Reply(404, b'{"error": "Paper not found"}'), "not_indexed"),
        (Reply(404, b"<html>Not found</html>"), "failed"),
        (Reply(401, b'{"error": "Invalid username or password."}'), "failed"),
        (Reply(401, b'{"error": "Invalid credentials in Authorization header"}'), "unauthorized"),
        (Reply(403, b""), "failed"),
        (described("2501.99999"), "failed"),
        (described(upvotes="many"), "failed"),
        (described(upvotes=-1), "failed"),
        (described(linkedModels={"id": "lab/m"}), "failed"),
        (Reply(200, b"[]"), "failed"),
        (Reply(200, b"<html></html>"), "failed"),
    ],
)
def test_only_the_documented_forms_are_answers(client: Client, answer: Reply, outcome: str) -> None:
    report = client.fetch(answer)
    papers, outcomes = client.parsed()
    assert papers == [] and set(outcomes) == {outcome}
    assert report.deferred == (() if outcome == "not_indexed" else (PAPER,))


def test_what_cannot_be_a_paper_there_is_not_asked_for(client: Client) -> None:
    report = client.fetch(described(), "math/0411001", "2501.12345v2", "../models/a", "x?y")
    assert report.requests == 0 and len(report.deferred) == 4


def test_papers_leave_what_is_reserved_of_a_window_and_wait_for_no_other(client: Client) -> None:
    quota = {"RateLimit": f'"api";r={RESERVED_REQUESTS};t=200'}
    report = client.fetch(described(headers=quota), PAPER, "2501.12346")
    assert (report.requests, report.answered, report.deferred) == (1, 1, ("2501.12346",))
    assert report.until is not None and client.clock.now() == NOW


def test_a_refused_token_is_left_out_and_told(client: Client) -> None:
    with Standin() as standin:
        report = client.ask(standin.url, "2503.20001", token="refused")
    assert (report.requests, report.answered, len(client.refusals)) == (2, 1, 1)


def test_the_stand_in_knows_no_parameters_and_no_versions() -> None:
    with Standin() as standin, Web() as web:
        standin.hugging_face.papers.put["2503.20001"] = {"id": "2503.20001"}
        for path, status in (("2503.20001?expand[]=x", 400), ("2503.20001v1", 404), ("2503.20001", 200)):
            asked = web.send("GET", f"{standin.url}/api/papers/{path}", service="hub_paper", asked=())
            assert asked.status == status, path
