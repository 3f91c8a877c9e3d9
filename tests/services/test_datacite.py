"""DataCite as a client sees it: a stand-in that is as strict as the service, and records read by themselves."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest
from loopback import Clock

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report, exchanges_frame
from pipeline.services.datacite.client import fetch_records
from pipeline.services.datacite.reader import RECORDS, parse_records, read_response
from pipeline.standin import Standin
from pipeline.standin.facts import Paper
from pipeline.standin.providers.datacite import write_record

NOON = datetime(2025, 3, 31, 12, tzinfo=UTC)
IDS = [f"2503.{number:05}" for number in range(1, 2501)]


def paper(arxiv_id: str, **changed: Any) -> Paper:
    facts: dict[str, Any] = {
        "title": "On  tea\n and kettles",
        "abstract": "It is\n  hot.",
        "authors": (("Ada van Kettle",), ("Plato",)),
        "categories": ("cs.LG", "stat.ML", "cs.LG"),
        "version": 2,
        "submitted_at": "2025-03-01T08:00:00Z",
        "updated_at": "2025-03-09T08:00:00Z",
        **changed,
    }
    return Paper(arxiv_id=arxiv_id, **facts)


@dataclass
class Service:
    """A stand-in that knows some papers, and a clock that passes while the client waits."""

    standin: Standin
    clock: Clock

    def fetch(self, ids: Sequence[str], known: Collection[str] = ()) -> tuple[Report, dict[str, str]]:
        kept: list[Exchange] = []
        clock = self.clock
        with Web("ada@example.org", now=clock.now, sleep=clock.sleep, monotonic=clock.monotonic) as web:
            report = fetch_records(web, self.standin.url, ids, known=known, store=kept.append)
        return report, {
            arxiv_id: said for exchange in kept for arxiv_id, said in read_response(exchange).outcomes.items()
        }

    @property
    def sizes(self) -> list[tuple[str, int]]:
        """The form and the number of ids of each request."""
        queries = [parse_qs(urlsplit(request.path).query) for request in self.standin.asked("/dois")]
        return [
            ("ids", query["ids"][0].count(",") + 1) if "ids" in query else ("query", query["query"][0].count('"') // 2)
            for query in queries
        ]


@pytest.fixture
def service() -> Iterator[Service]:
    with Standin() as standin:
        for arxiv_id in IDS:
            standin.facts.put_paper(arxiv_id, paper(arxiv_id))
        yield Service(standin, Clock())


def answer(*records: object, asked: Sequence[str] = ("2503.00001",), **more: object) -> Exchange:
    body = json.dumps({"data": list(records), **more}).encode()
    return Exchange("datacite", tuple(asked), 1, "http://127.0.0.1:9/dois", "GET", 200, {}, NOON, body, None)


def changed(**attributes: object) -> dict[str, Any]:
    """The record of the first paper, with other attributes."""
    record: dict[str, Any] = write_record(paper("2503.00001"))
    record["attributes"] |= attributes
    return record


def read(*records: object, **more: Any) -> pl.DataFrame:
    return parse_records(exchanges_frame([answer(*records, **more)]))[0]


def test_twenty_five_requests_are_enough_for_two_and_a_half_thousand_papers(service: Service):
    report, outcomes = service.fetch(IDS, known=IDS)
    assert report == Report(requests=25, answered=2500)
    assert set(outcomes.values()) == {"found"}
    assert service.sizes == [("ids", 100)] * 25


def test_a_request_tells_who_asks_and_takes_only_json_of_this_api(service: Service):
    service.fetch(IDS[:1])
    [request] = service.standin.asked("/dois")
    assert "mailto:ada@example.org" in request.headers["user-agent"]
    assert request.headers["accept"] == "application/vnd.api+json"


def test_a_paper_that_is_missing_is_not_there_yet_and_never_not_found(service: Service):
    report, outcomes = service.fetch([*IDS[:3], "2503.99999"])
    assert report == Report(requests=1, answered=4)
    assert outcomes == dict.fromkeys(IDS[:3], "found") | {"2503.99999": "missing"}


def test_a_batch_of_new_papers_of_which_none_is_there_is_asked_for_once(service: Service):
    service.standin.datacite.late.update(IDS[:5])
    report, outcomes = service.fetch(IDS[:5])
    assert (report.requests, report.deferred, set(outcomes.values())) == (1, (), {"missing"})


def test_where_a_list_of_ids_finds_nothing_of_known_papers_a_query_of_fifty_does(service: Service):
    service.standin.datacite.knows_ids = False
    report, outcomes = service.fetch(IDS[:250], known=IDS[:1])
    assert report == Report(requests=6, answered=250)
    assert service.sizes == [("ids", 100), *[("query", 50)] * 5]
    assert set(outcomes.values()) == {"found"}


@pytest.mark.parametrize("status", [400, 404, 414])
def test_where_a_list_of_ids_is_refused_a_query_is_tried(service: Service, status: int):
    service.standin.fail("/dois?ids", status)
    report, _ = service.fetch([*IDS[:100], "math/0309136"])
    assert report == Report(requests=1 + 3, answered=101)


def test_a_query_that_is_refused_is_halved_and_then_given_up(service: Service):
    service.standin.fail("/dois", 400)
    report, _ = service.fetch(IDS[:100])
    assert len(report.deferred) == 100
    assert report.requests < 10
    assert report.reason == "DataCite: refused with status 400"
    assert report.until is not None


def test_a_throttled_service_is_waited_for_as_it_says_and_then_left_alone(service: Service):
    service.standin.fail("/dois", 429, headers={"Retry-After": "90"}, times=1)
    report, _ = service.fetch(IDS[:300])
    assert (report.requests, report.deferred) == (4, ())
    assert sum(service.clock.waits) >= 90
    service.standin.fail("/dois", 429, headers={"Retry-After": "900"})
    asked_at = service.clock.now()
    report, _ = service.fetch(IDS[:300])
    assert report.requests == 1
    assert len(report.deferred) == 300
    assert report.until is not None
    assert (report.until - asked_at).total_seconds() >= 900


@pytest.mark.parametrize("how", [500, 503, "html", "reset", "cut"])
def test_a_service_that_is_down_costs_a_few_requests_and_defers_all(service: Service, how: Any):
    service.standin.fail("/dois", how)
    report, outcomes = service.fetch(IDS[:1000])
    assert len(report.deferred) == 1000
    assert report.requests <= 4
    assert report.until is not None
    assert set(outcomes.values()) == {"failed"}


def test_a_faulty_request_defers_its_papers_and_no_others(service: Service):
    service.standin.fail("/dois", 500, times=3)
    report, _ = service.fetch(IDS[:300])
    assert report.deferred == tuple(IDS[:200])  # two tries of the first batch, one of the next
    assert service.fetch(report.deferred)[0].deferred == ()


def test_what_is_no_id_is_deferred_without_a_request(service: Service):
    report, _ = service.fetch(["2503.1", '") OR doi:("x'])
    assert (report.requests, len(report.deferred)) == (0, 2)
    assert report.reason is not None
    assert report.reason.startswith("not an arXiv id")


def test_an_old_id_is_found_in_both_forms(service: Service):
    service.standin.facts.put_paper("math/0309136", paper("math/0309136", submitted_at="2003-09-08T00:00:00Z"))
    assert service.fetch(["math/0309136"])[1] == {"math/0309136": "found"}
    service.standin.datacite.knows_ids = False
    assert service.fetch(["math/0309136"], known=["math/0309136"])[1] == {"math/0309136": "found"}


def test_a_record_is_read_field_by_field():
    [row] = read(write_record(paper("2503.00001", comment="9 pages", journal_ref="Tea 3 (2025)"))).to_dicts()
    first, last = datetime(2025, 3, 1, 8, tzinfo=UTC), datetime(2025, 3, 9, 8, tzinfo=UTC)
    assert row == {
        "arxiv_id": "2503.00001",
        "version": 2,
        "title": "On tea and kettles",
        "abstract": "It is hot.",
        "primary_category": "cs.LG",
        "submitted_at": first,
        "updated_at": last,
        "comment": "9 pages; Tea 3 (2025)",
        "is_withdrawn": False,
        "licence": row["licence"],
        "version_times": [first, last],
        "authors": [{"name": "Ada van Kettle", "affiliations": []}, {"name": "Plato", "affiliations": []}],
        "categories": ["cs.LG", "stat.ML"],
        "observed_at": NOON,
    }
    assert row["licence"] in ("cc-by-4.0", "http://arxiv.org/licenses/nonexclusive-distrib/1.0/")


def test_an_authors_name_is_one_text_however_it_is_encoded():
    creators = [{"name": "Jose\u0301 A"}, {"givenName": "Ada\u200b", "familyName": "Lee"}, {"name": "\u200b"}]
    [row] = read(changed(creators=creators)).to_dicts()
    assert [author["name"] for author in row["authors"]] == ["Jos\u00e9 A", "Ada Lee"]


def test_no_field_is_padded():
    dates = [
        {"date": "2025-03-01T08:00:00Z", "dateType": "Submitted", "dateInformation": "v1"},
        {"date": "2025-03-20T08:00:00Z", "dateType": "Submitted", "dateInformation": "v3"},
    ]
    bare = changed(descriptions=[], creators=[], subjects=[], rightsList=[], identifiers=[], version=None, dates=dates)
    [row] = read(bare).to_dicts()
    assert {name: row[name] for name in ("abstract", "comment", "primary_category", "licence", "version_times")} == (
        dict.fromkeys(("abstract", "comment", "primary_category", "licence", "version_times"))
    )
    assert (row["authors"], row["categories"], row["version"]) == ([], [], 3)
    assert row["updated_at"] == datetime(2025, 3, 20, 8, tzinfo=UTC)


def test_a_withdrawal_is_a_date_or_the_start_of_the_comment():
    assert read(write_record(paper("2503.00001"), is_withdrawn=True))["is_withdrawn"].to_list() == [True]
    told = write_record(paper("2503.00001", comment="This paper has been withdrawn by its author"))
    assert read(told)["is_withdrawn"].to_list() == [True]


@pytest.mark.parametrize(
    "broken",
    [
        changed(titles=[]),
        changed(titles=[{"title": 3}]),
        changed(dates=[]),
        changed(dates=[{"date": "2025-03-01", "dateType": "Submitted", "dateInformation": "v1"}]),
        changed(identifiers=[{"identifier": "2503.00002", "identifierType": "arXiv"}]),
        {"id": "10.48550/arxiv.2503.00001"},
    ],
)
def test_a_record_that_cannot_be_read_is_its_own_failure(broken: object):
    beside = write_record(paper("2503.00002"))
    reading = read_response(answer(broken, beside, asked=("2503.00001", "2503.00002", "2503.00003")))
    assert reading.outcomes == {"2503.00001": "unreadable", "2503.00002": "found", "2503.00003": "missing"}


@pytest.mark.parametrize("lost", [3, {}, {"id": "10.1234/tea"}, {"id": "10.48550/arxiv.tea"}])
def test_nothing_is_missing_from_a_list_with_a_record_of_nobody(lost: object):
    reading = read_response(answer(lost, asked=("2503.00001", "2503.00002")))
    assert set(reading.outcomes.values()) == {"failed"}


def test_nothing_is_missing_from_a_list_that_is_cut():
    reading = read_response(answer(write_record(paper("2503.00001")), asked=IDS[:2], meta={"total": 2}))
    assert reading.outcomes == {"2503.00001": "found", "2503.00002": "failed"}


def test_of_two_records_of_a_paper_the_newer_version_counts_in_any_order():
    older, newer = write_record(paper("2503.00001", title="Tea", version=1)), write_record(paper("2503.00001"))
    assert read(older, newer)["version"].to_list() == read(newer, older)["version"].to_list() == [2]


def test_frames_without_rows_have_their_columns():
    papers, attempts = parse_records(exchanges_frame([]))
    assert papers.schema == RECORDS
    assert attempts.is_empty()
