"""Real answers of arXiv, of both generations of the service, through the code that production uses."""

import json
import re
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest
from loopback import Clock, Reply, serve

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report, exchanges_frame
from pipeline.services.arxiv.client import fetch_papers
from pipeline.services.arxiv.ids import canonical_id
from pipeline.services.arxiv.reader import parse_papers

RECORDINGS = Path(__file__).parents[2].parent / "shared" / "recordings"
NAMES = sorted(path.stem for path in RECORDINGS.glob("arxiv_*.json"))

pytestmark = pytest.mark.skipif(
    not NAMES, reason="the recorded answers are not beside the project (../shared/recordings)"
)

ASKED_IN_ORDER = ("2201.13455", "2201.13452", "2201.13453", "2201.13454")
OTHERS_MISSING = dict.fromkeys(ASKED_IN_ORDER, "missing") | {"2201.13452": "found"}
# What one exchange says of each id asked; `found` stands for every id in the feed.
OUTCOMES: dict[str, dict[str, str] | str] = {
    "arxiv_200_4ids_3missing_new_backend": OTHERS_MISSING,
    "arxiv_200_4ids_3missing_old_backend": OTHERS_MISSING,
    "arxiv_200_empty_old_backend": {"1201.56789": "missing"},
    "arxiv_200_ids_missing_well_formed": {"0000.0000": "missing"},
    "arxiv_200_ids_one_missing_one_found": {"0808.05394": "missing", "1707.08567": "found"},
    "arxiv_200_old_style_affiliation": {"astro-ph/0601001": "found"},
    "arxiv_200_old_style_versioned": {"quant-ph/0201082": "found"},
    "arxiv_200_search_new_backend_2025-11": "found",
    "arxiv_200_search_old_backend": "found",
    "arxiv_200_search_page_10": "found",
    "arxiv_200_single": {"1605.08386": "found"},
    "arxiv_200_single_many_authors": {"1707.08567": "found"},
    "arxiv_200_versioned_title_zero": {"2104.12255": "found"},
    "arxiv_400_incorrect_id_old_backend": {"https://arxiv.org/abs/2402.13284": "rejected"},
    "arxiv_400_malformed_id": {"abc": "rejected"},
    "arxiv_406_edge": {"2501.00001": "failed"},
    "arxiv_429_rate_exceeded": {"2602.12303": "failed"},
    "arxiv_503_oai_first_byte_timeout": {"2501.00001": "failed"},
    "arxiv_503_oai_retry_after_old": {"2501.00001": "failed"},
}


@pytest.fixture(autouse=True)
def own_pace(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def recording(name: str) -> dict:
    return json.loads((RECORDINGS / f"{name}.json").read_text())


def reply(name: str) -> Reply:
    answer = recording(name)
    return Reply(answer["status"], answer["body"].encode(), answer["headers"])


def ids_in_feed(name: str) -> list[str]:
    """The ids of a search's answer, found without our parser."""
    return re.findall(r"<id>http://arxiv\.org/abs/([^<]*?)v\d+</id>", recording(name)["body"])


def ids_asked(name: str) -> list[str]:
    """The ids that the recorded request names, without version; those of the answer for a search."""
    query = parse_qs(urlsplit(recording(name)["request"]["url"]).query)
    if "id_list" not in query:
        return ids_in_feed(name) or ["2501.00001"]
    return [text if text.startswith("http") else canonical_id(text) or text for text in query["id_list"][0].split(",")]


def expected(name: str) -> dict[str, str]:
    outcome = OUTCOMES[name]
    return dict.fromkeys(ids_in_feed(name), outcome) if isinstance(outcome, str) else outcome


def fetch(name: str, ids: list[str]) -> tuple[Report, list[Exchange], Clock]:
    clock, kept = Clock(), list[Exchange]()
    web = Web(now=clock.now, sleep=clock.sleep, monotonic=clock.monotonic)
    with serve(lambda asked: reply(name)) as server:
        report = fetch_papers(web, server.url, ids, interval_seconds=0, store=kept.append)
    web.close()
    return report, kept, clock


def papers_of(name: str) -> pl.DataFrame:
    """The papers of a recording served over HTTP, whatever the form of the ids asked."""
    web = Web()
    with serve(lambda asked: reply(name)) as server:
        exchange = web.send("GET", server.url, service="arxiv", asked=ids_asked(name))
    web.close()
    return parse_papers(exchanges_frame([exchange]))[0]


def test_every_recording_has_an_outcome_to_be_held_to():
    assert set(NAMES) == OUTCOMES.keys()


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_says_of_each_id_what_the_table_says(name):
    web = Web()
    with serve(lambda asked: reply(name)) as server:
        exchange = web.send("GET", server.url, service="arxiv", asked=ids_asked(name))
    web.close()
    papers, attempts = parse_papers(exchanges_frame([exchange]))
    assert dict(attempts.select("subject_id", "outcome").iter_rows()) == expected(name)
    assert attempts["http_status"].unique().to_list() == [recording(name)["status"]]
    assert set(papers["arxiv_id"]) == {arxiv_id for arxiv_id, outcome in expected(name).items() if outcome == "found"}


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("arxiv_200_search")])
def test_a_search_answer_gives_ten_papers_with_all_that_papers_have(name):
    papers = papers_of(name)
    assert papers.height == 10
    required = papers.select("version", "title", "abstract", "primary_category", "submitted_at", "updated_at")
    assert required.null_count().sum_horizontal().item() == 0
    assert (papers["authors"].list.len() > 0).all()
    assert papers.select(pl.col("primary_category").is_in("categories").all()).item()
    assert not papers["title"].str.contains(r"\s\s|\n").any()


@pytest.mark.parametrize("name", [name for name in NAMES if "ids" in name and name.startswith("arxiv_200_4")])
def test_ids_that_are_missing_twice_end_as_not_found_with_two_requests(name):
    report, kept, _ = fetch(name, list(ASKED_IN_ORDER))
    assert report == Report(requests=2, answered=4)
    attempts = parse_papers(exchanges_frame(kept[1:]))[1]
    outcomes = dict(attempts.select("subject_id", "outcome").iter_rows())
    assert outcomes == dict.fromkeys(ASKED_IN_ORDER, "not_found") | {"2201.13452": "found"}


def test_both_generations_describe_the_same_paper_alike():
    facts = ["arxiv_id", "version", "title", "primary_category", "submitted_at", "authors", "categories", "comment"]
    old, new = papers_of("arxiv_200_4ids_3missing_old_backend"), papers_of("arxiv_200_4ids_3missing_new_backend")
    assert old.select(facts).equals(new.select(facts))


def test_the_recorded_details_arrive():
    affiliated = papers_of("arxiv_200_old_style_affiliation").to_dicts()[0]
    assert [author["affiliations"] for author in affiliated["authors"]] == [
        ["Ohio State"],
        ["Ohio State"],
        ["CfA"],
        ["Warsaw University Observatory"],
    ]
    assert "V_max<17.5" in affiliated["abstract"]
    zero = papers_of("arxiv_200_versioned_title_zero").to_dicts()[0]
    assert (zero["title"], zero["version"]) == ("0", 1)
    assert len(papers_of("arxiv_200_single_many_authors")["authors"][0]) > 30


@pytest.mark.parametrize("name", ["arxiv_400_malformed_id", "arxiv_400_incorrect_id_old_backend"])
def test_a_recorded_400_rejects_the_id_without_a_second_try(name):
    report, kept, clock = fetch(name, ["2402.13284"])
    assert report == Report(requests=1, answered=1)
    assert parse_papers(exchanges_frame(kept))[1]["outcome"].to_list() == ["rejected"]
    assert clock.waits == []


@pytest.mark.parametrize("name", [name for name in NAMES if name[6:9] in ("406", "429", "503")])
def test_recorded_throttling_is_waited_for_and_then_deferred_with_nothing_marked_absent(name):
    report, kept, clock = fetch(name, ["2501.00001", "2501.00002"])
    assert report.deferred == ("2501.00001", "2501.00002")
    assert report.until is not None
    assert (report.requests, len(clock.waits)) == (2, 1)
    assert min(clock.waits) >= (13 if "503" in name else 54)  # overload passes sooner than throttling
    assert set(parse_papers(exchanges_frame(kept))[1]["outcome"]) == {"failed"}
