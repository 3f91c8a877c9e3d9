"""Recorded records of DataCite through the code that production uses. Its batches and errors are put together from its
source: that they are read says what we believe, not what the service does.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from loopback import Clock, Reply, serve

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report, exchanges_frame
from pipeline.services.datacite.client import fetch_records
from pipeline.services.datacite.reader import parse_records

RECORDINGS = Path(__file__).parents[2].parent / "shared" / "recordings" / "second"
NAMES = sorted(path.stem for path in RECORDINGS.glob("datacite_*.json"))

pytestmark = pytest.mark.skipif(
    not NAMES, reason="the recorded answers are not beside the project (../shared/recordings/second)"
)

OUTCOMES = {
    "datacite_200_arxiv_2311.16162": {"2311.16162": "found"},
    "datacite_200_ids_batch_none": {"2699.99999": "missing"},
    "datacite_200_ids_batch_one_missing": {"2311.16162": "found", "1902.02534": "found", "2699.99999": "missing"},
    "datacite_200_withdrawn_date": {"1902.02534": "found"},
    "datacite_404": {"2699.99999": "failed"},
    "datacite_429": {"2311.16162": "failed"},
}


def reply(name: str) -> Reply:
    """The recorded answer; of a single record, as the list that it would be in."""
    answer = json.loads((RECORDINGS / f"{name}.json").read_bytes())
    body = answer["body"]
    if answer["status"] == 200 and isinstance(data := json.loads(body)["data"], dict):
        body = json.dumps({"data": [data], "meta": {"total": 1}})
    headers = {key: value for key, value in answer["headers"].items() if key in ("content-type", "retry-after")}
    return Reply(answer["status"], body.encode(), headers)


def fetch(name: str) -> tuple[Report, list[Exchange], Clock]:
    clock, kept = Clock(), list[Exchange]()
    with (
        Web(now=clock.now, sleep=clock.sleep, monotonic=clock.monotonic) as web,
        serve(lambda asked: reply(name)) as server,
    ):
        report = fetch_records(web, server.url, list(OUTCOMES[name]), store=kept.append)
    return report, kept, clock


def send(name: str) -> Exchange:
    """The exchange with a recording for the ids of the table, whatever their form."""
    with Web() as web, serve(lambda asked: reply(name)) as server:
        return web.send("GET", server.url, service="datacite", asked=list(OUTCOMES[name]))


def test_every_recording_has_an_outcome_to_be_held_to():
    assert set(NAMES) == OUTCOMES.keys()


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_says_of_each_id_what_the_table_says(name: str):
    papers, attempts = parse_records(exchanges_frame([send(name)]))
    assert dict(attempts.select("subject_id", "outcome").iter_rows()) == OUTCOMES[name]
    found = {arxiv_id for arxiv_id, outcome in OUTCOMES[name].items() if outcome == "found"}
    assert set(papers["arxiv_id"]) == found


def test_a_real_record_has_all_that_a_paper_has():
    [row] = parse_records(exchanges_frame(fetch("datacite_200_arxiv_2311.16162")[1]))[0].to_dicts()
    submitted = datetime(2023, 11, 9, 11, 44, 22, tzinfo=UTC)
    assert (row["version"], row["submitted_at"], row["updated_at"]) == (1, submitted, submitted)
    assert row["categories"] == ["cs.DL", "cs.AI", "cs.CL"]
    assert (row["primary_category"], row["licence"], row["is_withdrawn"]) == ("cs.DL", "cc-by-4.0", False)
    assert [author["name"] for author in row["authors"]][:2] == ["Hui Yin", "Amir Aryani"]
    assert row["title"].startswith("Leveraging Artificial Intelligence")


def test_a_record_of_two_versions_has_the_time_of_each():
    papers = parse_records(exchanges_frame(fetch("datacite_200_ids_batch_one_missing")[1]))[0]
    [row] = papers.filter(arxiv_id="1902.02534").to_dicts()
    times = [datetime(2019, 2, 7, 9, 22, 51, tzinfo=UTC), datetime(2019, 6, 21, 6, 21, 52, tzinfo=UTC)]
    assert (row["version"], row["version_times"], row["updated_at"]) == (2, times, times[1])
    assert row["comment"].startswith("7 pages, 3 figures")


def test_a_date_of_withdrawal_is_one():
    assert parse_records(exchanges_frame(fetch("datacite_200_withdrawn_date")[1]))[0]["is_withdrawn"].to_list() == [
        True
    ]


def test_after_429_it_waits_as_long_as_it_is_told():
    report, kept, clock = fetch("datacite_429")
    assert report.deferred == ("2311.16162",)
    assert report.until is not None
    assert len(kept) == 2
    assert clock.waits == [120.0]
