"""Recorded answers of Semantic Scholar through the code that production uses."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from loopback import Clock, Reply, serve

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report
from pipeline.services.semantic_scholar.client import fetch_citations
from pipeline.services.semantic_scholar.reader import DEFINITE, read_authors, read_response

RECORDINGS = Path(__file__).parents[2].parent / "shared" / "recordings" / "second"
NAMES = sorted(path.stem for path in RECORDINGS.glob("s2_*.json"))
IDS = ["2601.00001", "2601.00002", "2601.00003", "2601.00004"]
# What each says of the ids asked. Nobody recorded the batch with ids of arXiv's: the papers of the real one are others,
# so each of its entries is one of another paper.
OUTCOMES = {
    "s2_200_batch_with_null": ["not_found", "unusable", "unusable", "unusable"],
    "s2_200_paper_authors": ["failed"] * 4,  # the answer to another question
    "s2_400_bad_fields": ["failed"] * 4,
    "s2_400_batch_no_valid_ids": ["not_found"] * 4,
    "s2_404_paper": ["failed"] * 4,
    "s2_429_anonymous": ["rate_limited"] * 4,
}

pytestmark = pytest.mark.skipif(
    not NAMES, reason="the recorded answers are not beside the project (../shared/recordings/second)"
)


@pytest.fixture(autouse=True)
def own_pace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def recording(name: str) -> dict[str, Any]:
    return json.loads((RECORDINGS / f"{name}.json").read_text("utf-8"))


def ask(status: int, body: bytes, headers: dict[str, str]) -> tuple[Report, list[Exchange]]:
    clock, stored = Clock(), list[Exchange]()
    reply = Reply(status, body, {name: text for name, text in headers.items() if name == "content-type"})
    web = Web(now=clock.now, sleep=clock.sleep, monotonic=clock.monotonic)
    with serve(lambda asked: reply) as server, web:
        return fetch_citations(web, server.url, IDS, key=None, store=stored.append), stored


def test_every_recording_has_a_meaning_here():
    assert set(NAMES) == set(OUTCOMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_means_what_is_known_of_it_and_ends_as_answered_or_deferred(name: str):
    answer = recording(name)
    report, stored = ask(answer["status"], answer["body"].encode(), answer["headers"])
    assert list(read_response(stored[-1]).outcomes.values()) == OUTCOMES[name]
    definite = [arxiv_id for arxiv_id, outcome in zip(IDS, OUTCOMES[name], strict=True) if outcome in DEFINITE]
    assert (report.answered, list(report.deferred)) == (len(definite), [i for i in IDS if i not in definite])
    assert len(stored) == (3 if answer["status"] in (200, 429) and not definite else 1)


def test_the_real_entries_are_found_where_they_carry_the_id_that_was_asked_for():
    entries = json.loads(recording("s2_200_batch_with_null")["body"])
    for arxiv_id, entry in zip(IDS, entries, strict=True):
        if entry:
            entry["externalIds"]["ArXiv"] = arxiv_id
    _, (exchange,) = ask(200, json.dumps(entries).encode(), {})
    reading = read_response(exchange)
    assert list(reading.outcomes.values()) == ["not_found", "found", "found", "found"]
    assert [found["citation_count"] for found in reading.entries] == [entry["citationCount"] for entry in entries[1:]]
    assert all(
        found["authors"] and all(author["author_id"] for author in found["authors"]) for found in reading.entries
    )


def test_the_authors_of_a_real_answer_have_numbers_and_names_in_order():
    told = json.loads(recording("s2_200_paper_authors")["body"])["data"]
    assert read_authors(told) == [{"author_id": each["authorId"], "name": each["name"]} for each in told]


def test_the_pool_that_is_used_up_defers_in_words_that_name_the_remedy():
    answer = recording("s2_429_anonymous")
    report, _ = ask(answer["status"], answer["body"].encode(), answer["headers"])
    assert report.reason and "SEMANTIC_SCHOLAR_API_KEY" in report.reason and report.until
