"""Every recorded answer of GitHub goes through the code that production uses, served again by a loopback server."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from loopback import Asked, Clock, Reply, serve

from pipeline.core.errors import TokenError
from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report, exchanges_frame
from pipeline.services.github.client import fetch_repositories
from pipeline.services.github.repositories import parse_repositories
from pipeline.sources.archives.listing import list_archive
from pipeline.sources.archives.tarball import fetch_tarball
from pipeline.sources.registry import find_source

RECORDINGS = Path(__file__).parents[2].parent / "shared" / "recordings"
pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings of ../shared are not on this machine")

TEMPLATED = datetime(2024, 11, 1, 12, tzinfo=UTC)  # the time put into recordings that had a template for it
NAME = "asked/name"
TOKEN = "secret-of-the-tests-0123456789"
FRAMING = {"content-length", "transfer-encoding", "content-encoding", "connection", "date", "server", "status"}


def recording(name: str) -> dict[str, Any]:
    return json.loads((RECORDINGS / f"{name}.json").read_text("utf-8"))


def replay(name: str, body: Callable[[str], str] = str) -> Reply:
    told = recording(name)
    headers = {key: value for key, value in told["headers"].items() if key.lower() not in FRAMING}
    return Reply(told["status"], body(told["body"] or "").encode(), headers)


class Client:
    def __init__(self, at: datetime = TEMPLATED) -> None:
        self.clock = Clock(at)
        self.kept: list[Exchange] = []
        self.web = Web(now=self.clock.now, sleep=self.clock.sleep)

    def fetch(self, answer: Reply, *names: str, token: str | None = None) -> Report:
        with serve(lambda _: answer) as server, self.web:
            return fetch_repositories(self.web, server.url, names or (NAME,), token=token, store=self.kept.append)

    def parsed(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        return parse_repositories(exchanges_frame(self.kept))

    def outcomes(self) -> list[str]:
        return self.parsed()[1].get_column("outcome").to_list()


FOUND = {
    "github_200_after_301_2018": ("padima2/protoncoin", 112116543),
    "github_200_after_301_2023_unauth": ("ReDASers/PhishBench", 146139403),
    "github_200_get_repository_octokit": ("octokit-fixture-org/hello-world", 103703892),
    "github_200_repo_newest_recording": ("hub4j-test-org/github-api", 206888201),
    "github_200_repositories_by_id_octokit": (
        "octokit-fixture-org/tmp-scenario-rename-repository-20220719044033126-ukeod-newname",
        515436299,
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_repository_is_found_with_its_number_and_its_name_of_now(name: str) -> None:
    client = Client()
    report = client.fetch(replay(name))
    (row,) = client.parsed()[0].to_dicts()
    told = json.loads(recording(name)["body"])
    assert (row["full_name"], row["repository_id"]) == FOUND[name]
    assert (row["name_asked"], row["status"], row["method"]) == (NAME, "found", "rest")
    assert (row["stars_count"], row["watchers_count"]) == (told["stargazers_count"], told["subscribers_count"])
    assert row["license_spdx"] == (told["license"] or {}).get("spdx_id")
    assert row["created_at"] == datetime.fromisoformat(told["created_at"])
    assert (report.requests, report.answered) == (1, 1)


REDIRECTS = {
    "github_301_moved_2020": "github_200_repo_newest_recording",
    "github_301_renamed_octokit_2022": "github_200_repositories_by_id_octokit",
    "github_301_repo_renamed_2018": "github_200_after_301_2018",
    "github_301_repo_renamed_2023_unauth": "github_200_after_301_2023_unauth",
    "github_307_patch_renamed_octokit": "github_200_repositories_by_id_octokit",
}


@pytest.mark.parametrize("name", REDIRECTS)
def test_redirect_is_followed_and_both_names_are_known(name: str) -> None:
    def answer(request: Asked) -> Reply:
        if request.path.startswith("/repos/"):
            moved = replay(name)
            location = next(value for key, value in moved.headers.items() if key.lower() == "location")
            return Reply(moved.status, moved.body, {"Location": location.replace("https://api.github.com", server.url)})
        return replay(REDIRECTS[name])

    client = Client()
    with serve(answer) as server:
        fetch_repositories(client.web, server.url, [NAME], token=None, store=client.kept.append)
    (row,) = client.parsed()[0].to_dicts()
    assert (row["full_name"], row["repository_id"]) == FOUND[REDIRECTS[name]]
    assert len(server.asked) == 2


def test_redirect_that_was_not_followed_says_nothing_of_the_repository() -> None:
    client = Client()
    report = client.fetch(replay("github_301_repo_renamed_2018"))  # to api.github.com, which this server is not
    assert set(client.outcomes()) == {"failed"}
    assert report.deferred == (NAME,)


FINAL = {
    "github_304_hub4j": "not_modified",
    "github_304_not_modified_auth": "not_modified",
    "github_403_blocked_tos": "blocked",
    "github_403_blocked_unavailable": "blocked",
    "github_404_license": "not_found",
    "github_404_repo_2012": "not_found",
    "github_404_repo_2025": "not_found",
    "github_451_dmca": "blocked",
}


@pytest.mark.parametrize("name", FINAL)
def test_final_answer_is_taken_at_once(name: str) -> None:
    client = Client()
    report = client.fetch(replay(name))
    assert client.outcomes() == [FINAL[name]]
    assert (report.requests, report.deferred) == (1, ())


# seconds slept between the first tries
LIMITS = {
    "github_403_abuse_retry_after_60": [60, 60, 60],
    "github_403_primary_remaining_0": [4, 108],  # the reset it tells is past after the first wait
    "github_403_primary_unauth_2013": [60, 108],
    "github_403_primary_user_2026": [60, 108],
    "github_403_secondary_2024": [60, 108],
    "github_403_secondary_2026": [60, 108],
    "github_429_secondary_no_retry_after": [60, 108],
    "github_429_secondary_retry_after_date": [8, 108],
    "raw_githubusercontent_429": [60, 108],
}


@pytest.mark.parametrize("name", LIMITS)
def test_limit_is_waited_for_and_then_left_to_another_run(name: str) -> None:
    client = Client()
    report = client.fetch(replay(name), NAME, "asked/next")
    assert set(client.outcomes()) == {"rate_limited"}
    assert report.deferred == (NAME, "asked/next")
    waits = LIMITS[name]
    assert client.clock.waits[: len(waits)] == pytest.approx(waits, rel=0.11)
    assert max(client.clock.waits) <= 120
    assert report.until is not None
    assert report.until > client.clock.now()
    assert client.parsed()[0].is_empty()


@pytest.mark.parametrize(
    ("name", "requests"),
    [
        ("github_502_server_error", 3),
        ("github_503_html", 3),
        ("github_503_unicorn_html", 3),
        ("github_403_missing_user_agent", 1),
    ],
)
def test_failure_says_nothing_of_the_repository(name: str, requests: int) -> None:
    client = Client()
    report = client.fetch(replay(name))
    assert client.outcomes() == ["failed"] * requests
    assert report.deferred == (NAME,)
    assert client.parsed()[0].is_empty()


@pytest.mark.parametrize(
    "name", ["github_200_contents_dir_octokit", "github_200_git_trees_recursive", "github_200_rate_limit"]
)
def test_good_answer_to_another_question_is_no_repository(name: str) -> None:
    client = Client()
    assert client.fetch(replay(name)).deferred == (NAME,)
    assert set(client.outcomes()) == {"failed"}


def test_bad_credentials_end_everything_at_once() -> None:
    client = Client()
    with pytest.raises(TokenError, match="GITHUB_TOKEN"):
        client.fetch(replay("github_401_bad_credentials"), NAME, "asked/next", token=TOKEN)
    assert len(client.kept) == 1


def test_batch_by_aliases_gives_a_record_for_each() -> None:
    names = ["sourcegraph/sourcegraph", "keegancsmith/sqlf", "tsenart/vegeta", "tsenart/go-tsz", "facebook/react"]
    client = Client()
    report = client.fetch(replay("github_graphql_200_batch_aliases", own_aliases), *names, token=TOKEN)
    rows = client.parsed()[0]
    assert (report.requests, report.answered) == (1, 5)
    by_name = dict(rows.select("name_asked", "repository_id").iter_rows())
    assert by_name["sourcegraph/sourcegraph"] == 41288708
    assert dict(rows.select("name_asked", "full_name").iter_rows())["tsenart/vegeta"].lower() == "tsenart/vegeta"
    assert rows.get_column("stars_count").null_count() == 0
    assert set(rows.get_column("status")) == {"found"}
    assert rows.get_column("open_issues_count").null_count() == 5  # what was not asked then is not known, and not zero


def test_half_a_batch_that_is_gone_keeps_the_other_half() -> None:
    client = Client()
    client.fetch(replay("github_graphql_200_partial_alias", own_aliases), "keegancsmith/sqlf", "no/where", token=TOKEN)
    assert client.outcomes() == ["found", "not_found"]


@pytest.mark.parametrize(
    ("name", "field"),
    [("github_graphql_200_repository_not_found", "repository"), ("github_graphql_200_not_found_node", "node")],
)
def test_not_found_under_an_alias_is_absence(name: str, field: str) -> None:
    client = Client()
    report = client.fetch(replay(name, lambda body: body.replace(f'"{field}"', '"r0"')), token=TOKEN)
    assert client.outcomes() == ["not_found"]
    assert report.requests == 1


def test_points_used_up_are_waited_for_by_another_run() -> None:
    reset = datetime.fromtimestamp(1790966100, UTC)
    client = Client(reset - timedelta(minutes=50))
    report = client.fetch(replay("github_graphql_200_rate_limited"), token=TOKEN)
    assert client.outcomes() == ["rate_limited"]
    assert (report.deferred, report.until) == ((NAME,), reset + timedelta(seconds=1))


@pytest.mark.parametrize("name", ["github_graphql_200_resource_limits", "github_graphql_502_timeout"])
def test_query_that_is_too_much_is_halved(name: str) -> None:
    client = Client()
    report = client.fetch(replay(name, own_aliases), *(f"asked/name-{index}" for index in range(4)), token=TOKEN)
    assert [len(exchange.asked) for exchange in client.kept][:3] == [4, 2, 2]
    assert set(client.outcomes()) == {"failed"}
    assert len(report.deferred) == 4


def own_aliases(body: str) -> str:
    """Call repo0, repo1, … of a recording r0, r1, … in their order, as our queries do."""
    numbers = iter(range(99))
    ours: dict[str, str] = {}
    for alias in re.findall(r'"(repo\d+)"', body):
        if alias not in ours:
            ours[alias] = f"r{next(numbers)}"
    return re.sub(r'"(repo\d+)"', lambda match: f'"{ours[match[1]]}"', body)


def test_listing_of_a_tree_has_no_day_where_there_is_no_archive() -> None:
    client = Client()
    with serve(lambda _: replay("github_200_git_trees_recursive")) as server:
        listing = list_archive(client.web, server.url, find_source(NAME), token=None, store=client.kept.append)
    assert (listing.outcome, listing.blobs) == ("listed", {})
    assert listing.etag == recording("github_200_git_trees_recursive")["headers"]["ETag"]


def test_redirect_of_a_tarball_leads_to_codeload() -> None:
    told = replay("github_302_tarball_octokit")
    client = Client()

    def answer(request: Asked) -> Reply:
        location = told.headers["Location"].replace("https://codeload.github.com", server.url)
        return Reply(302, b"", {"Location": location}) if request.path.startswith("/repos/") else Reply(404)

    with serve(answer) as server:
        download = fetch_tarball(
            client.web, server.url, find_source(NAME), token=TOKEN, wanted={(NAME, date(2025, 1, 1)): "a" * 40}
        )
    assert server.asked[1].path.endswith("/legacy.tar.gz/refs/heads/main")
    assert "404" in str(download.reason)


def test_no_recording_of_github_is_left_out() -> None:
    source = Path(__file__).read_text("utf-8")
    names = [path.stem for path in RECORDINGS.glob("*.json") if path.stem.startswith(("github_", "raw_"))]
    assert [name for name in names if name not in source] == []
