"""Citations over the wire to the stand-in: in few requests, put off without loss, and never of another paper."""

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from effort import tries
from loopback import Clock

from pipeline.core.errors import TokenError
from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report, exchanges_frame
from pipeline.services.semantic_scholar import client
from pipeline.services.semantic_scholar.client import fetch_citations
from pipeline.services.semantic_scholar.reader import parse_citations, read_response
from pipeline.standin import Facts, Standin
from pipeline.standin.providers import semantic_scholar as standin_of

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
IDS = [f"2601.{number:05}" for number in range(1, 2_501)]
KEY = "InventedForTests0123456789"
TRUTH = Facts(None)


@pytest.fixture(autouse=True)
def own_pace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


class Asking:
    """A client with a clock that is told, and what it stored."""

    def __init__(self, key: str | None = None) -> None:
        self.clock, self.key, self.stored = Clock(), key, list[Exchange]()

    def fetch(self, url: str, ids: list[str]) -> Report:
        clock = self.clock
        with Web(now=clock.now, sleep=clock.sleep, monotonic=clock.monotonic) as web:
            return fetch_citations(web, url, ids, key=self.key, store=self.stored.append)

    def found(self) -> list[tuple[str, int]]:
        citations, _ = parse_citations(exchanges_frame(self.stored))
        return sorted(set(citations.select("arxiv_id", "citation_count").rows()))


def true_counts(ids: list[str]) -> list[tuple[str, int]]:
    papers = [paper for arxiv_id in ids if (paper := TRUTH.paper(arxiv_id)) and not standin_of.is_unknown(paper)]
    return sorted((paper.arxiv_id, standin_of.count_citations(paper.arxiv_id)) for paper in papers)


def response(status: int, value: object, *asked: str) -> Exchange:
    body = json.dumps(value).encode()
    return Exchange("semantic_scholar", asked, 1, "http://x/", "POST", status, {}, NOON, body, None)


def entry(arxiv_id: str, count: object = 3, **more: object) -> dict[str, Any]:
    return {"externalIds": {"ArXiv": arxiv_id}, "citationCount": count, "influentialCitationCount": 1} | more


@pytest.mark.parametrize("key", [None, KEY])
def test_2500_papers_cost_five_requests_a_second_apart_and_every_one_gets_its_own_count(key: str | None):
    asking = Asking(key)
    with Standin(facts=None) as standin:
        standin.semantic_scholar.key = KEY
        report = asking.fetch(standin.url, IDS)
        requests = standin.asked(standin_of.PATH)
    assert (len(requests), report.requests) == (5, 5) and 5 <= 1.1 * 5
    assert (report.answered, report.deferred, report.reason) == (2_500, (), None)
    assert asking.found() == true_counts(IDS)
    assert len(asking.clock.waits) == 4 and min(asking.clock.waits) > 0.5
    assert {request.headers.get("x-api-key") for request in requests} == {key}


def test_the_pool_without_a_key_that_is_used_up_defers_everything_after_three_tries():
    asking = Asking()
    with Standin(facts=None) as standin:
        standin.fail(standin_of.PATH, 429)
        report = asking.fetch(standin.url, IDS)
    assert (report.requests, report.answered, len(report.deferred)) == (3, 0, 2_500)
    assert report.reason and "without a key" in report.reason
    assert report.until is not None and report.until > asking.clock.now()
    assert sum(asking.clock.waits) < 60


def test_a_429_that_passes_is_waited_for_and_nothing_is_deferred():
    asking = Asking()
    with Standin(facts=None) as standin:
        standin.fail(standin_of.PATH, 429, times=2)
        assert asking.fetch(standin.url, IDS[:600]).deferred == ()
    assert asking.found() == true_counts(IDS[:600])


@pytest.mark.parametrize("seed", range(1, 1 + tries(3, 20)))
def test_a_storm_ends_with_the_data_of_a_calm_run(seed: int):
    asking = Asking()
    with Standin(facts=None) as standin:
        for number, how in enumerate((429, 500, 504, "reset", "cut", "html", "empty")):
            standin.fail(standin_of.PATH, how, share=0.05, seed=10 * seed + number)  # about 30 % in all
        left, runs = IDS, 0
        while left:
            left, runs = list(asking.fetch(standin.url, left).deferred), runs + 1
            assert runs < 30, "the storm never ends"
    assert asking.found() == true_counts(IDS)


def test_a_batch_of_ids_that_nobody_knows_is_an_answer_and_not_asked_for_again():
    asking, unknown = Asking(), ["2601.00001", "2601.00002"]
    with Standin(facts=None) as standin:
        for arxiv_id in unknown:
            standin.facts.put_paper(arxiv_id, None)
        report = asking.fetch(standin.url, unknown)
    assert (report.requests, report.answered, report.deferred) == (1, 2, ())
    assert [exchange.status for exchange in asking.stored] == [400]
    assert asking.found() == []


def test_another_400_is_our_fault_said_in_the_words_of_the_service_and_deferred(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client, "FIELDS", "externalIds,citations.count")
    with Standin(facts=None) as standin:
        report = Asking().fetch(standin.url, IDS[:3])
    assert (report.requests, report.deferred) == (1, tuple(IDS[:3]))
    assert report.reason and "Unrecognized or unsupported fields: [citations.count]" in report.reason


def test_what_the_service_says_is_one_harmless_line_that_can_be_stored():
    for key in ("error", "message"):
        refusal = response(400, {key: "odd \ud800 text\n\u202e"}, "2501.00001")
        reason = client.classify_response(refusal, has_key=False).reason
        assert str(reason).endswith(r"(odd ? text \u202e)")


def test_more_than_500_ids_in_one_request_are_refused_by_the_stand_in(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client, "BATCH_SIZE", 501)
    with Standin(facts=None) as standin:
        report = Asking().fetch(standin.url, IDS[:501])
    assert report.answered == 0 and report.reason and "at most 500" in report.reason


def test_a_key_that_is_refused_defers_everything_for_a_day_and_is_not_sent_twice():
    asking = Asking("AnotherKey0123456789")
    with Standin(facts=None) as standin:
        standin.semantic_scholar.key = KEY
        report = asking.fetch(standin.url, IDS)
    assert (report.requests, len(report.deferred)) == (1, 2_500)
    assert report.reason and "refuses the key" in report.reason and "AnotherKey" not in report.reason
    assert report.until is not None and (report.until - asking.clock.now()).total_seconds() > 80_000


def test_a_key_that_no_header_can_hold_is_refused_before_any_request():
    with pytest.raises(TokenError, match="SEMANTIC_SCHOLAR_API_KEY"):
        Asking("a key\n").fetch("http://127.0.0.1:9", IDS[:1])


def test_a_service_that_is_down_costs_seconds_and_defers_everything():
    asking = Asking()
    report = asking.fetch("http://127.0.0.1:9", IDS)
    assert report.requests <= 6 and len(report.deferred) == 2_500
    assert sum(asking.clock.waits) < 30


def test_an_id_that_is_none_is_deferred_without_a_request_and_holds_up_no_other():
    with Standin(facts=None) as standin:
        report = Asking().fetch(standin.url, ["nonsense", "2601.00003", "2601.00003"])
        (request,) = standin.asked(standin_of.PATH)
    assert json.loads(request.body) == {"ids": ["ARXIV:2601.00003"]}
    assert (report.answered, report.deferred) == (1, ("nonsense",))


def test_entries_are_read_in_the_order_asked_and_null_is_an_answer():
    reading = read_response(response(200, [entry("2601.00002"), None], "2601.00002", "2601.00001"))
    assert reading.outcomes == {"2601.00002": "found", "2601.00001": "not_found"}
    assert [found["arxiv_id"] for found in reading.entries] == ["2601.00002"]


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (entry("2601.00009"), "unusable"),  # of another paper
        ({"citationCount": 3}, "unusable"),
        ({"externalIds": {"DOI": "10.1/x"}, "citationCount": 3}, "unusable"),
        (entry("2601.00001", None), "unusable"),
        (entry("2601.00001", -1), "failed"),
        (entry("2601.00001", "3"), "failed"),
        (entry("2601.00001", True), "failed"),
        (entry("2601.00001", 2**63), "failed"),
        ("2601.00001", "failed"),
        (7, "failed"),
    ],
)
def test_an_entry_of_another_paper_or_without_a_count_says_nothing(told: object, outcome: str):
    reading = read_response(response(200, [told], "2601.00001"))
    assert (reading.outcomes, reading.entries) == ({"2601.00001": outcome}, ())


@pytest.mark.parametrize("told", [[], [None], [None] * 3, {}, {"data": [None, None]}, None, "x", 1])
def test_a_body_that_is_not_one_entry_for_each_id_says_nothing(told: object):
    outcomes = read_response(response(200, told, "2601.00001", "2601.00002")).outcomes
    assert outcomes == {"2601.00001": "failed", "2601.00002": "failed"}


@pytest.mark.parametrize("written", ["2601.00001", "2601.00001v3", "arXiv:2601.00001"])
def test_the_id_in_an_entry_may_have_a_version_or_a_prefix(written: str):
    assert read_response(response(200, [entry(written)], "2601.00001")).outcomes == {"2601.00001": "found"}


def test_authors_that_cannot_be_read_are_unknown_and_the_count_stays():
    good = [{"authorId": "7", "name": "A. Amagumo"}, {"authorId": None, "name": "B"}]
    reading = read_response(
        response(200, [entry("2601.00001", authors=good), entry("2601.00002", authors=[7])], "2601.00001", "2601.00002")
    )
    first, second = reading.entries
    assert first["authors"] == [{"author_id": "7", "name": "A. Amagumo"}, {"author_id": None, "name": "B"}]
    assert (second["citation_count"], second["authors"]) == (3, None)


def test_other_services_responses_are_skipped():
    other = response(200, [entry("2601.00001")], "2601.00001")
    frame = exchanges_frame([other]).with_columns(service=pl.lit("arxiv"))
    assert [part.height for part in parse_citations(frame)] == [0, 0]
