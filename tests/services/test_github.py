"""Repositories from GitHub, asked both ways, by real HTTP of a loopback server."""

import itertools
import json
import logging
import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import Clock

from pipeline.core.errors import TokenError
from pipeline.http.client import Web
from pipeline.http.exchange import ATTEMPTS, EXCHANGE, Exchange, Report, exchanges_frame
from pipeline.services.github.client import BATCH_SIZE, fetch_repositories
from pipeline.services.github.graphql import write_query
from pipeline.services.github.repositories import OBSERVATIONS, parse_repositories
from pipeline.standin import Repository, Response, Standin
from pipeline.standin.graphql import read_query, select
from pipeline.standin.records import View, describe_for_graphql, describe_for_rest
from pipeline.standin.wire import json_response, message_response

TOKEN = "secret-of-the-tests-0123456789"
START = Clock().now()
HTML = Response(200, b"<!DOCTYPE html><html><title>Unicorn!</title><body>Too long to load.</body></html>")
NOT_FOUND = message_response(404, "Not Found")
NAMES = ["acme/one", "beta/two", "gamma/three"]
BOTH_WAYS = pytest.mark.parametrize("token", [None, TOKEN], ids=["rest", "graphql"])


def repository(full_name: str, number: int = 1, **changes: Any) -> Repository:
    """Describe an invented repository."""
    facts = Repository(
        number=number,
        full_name=full_name,
        created_at="2024-02-29T23:59:59Z",
        pushed_at="2026-02-03T04:05:06Z",
        stars_count=321,
        description="Sorts pebbles by colour",
        homepage="https://pebbles.example.org",
        language="Python",
        license="MIT",
        topics=("sorting", "pebbles", "colour"),
        is_fork=True,
    )
    return replace(facts, **changes)


ONE, TWO, THREE = repository("Acme/One", 11), repository("beta/two", 22), repository("gamma/three", 33)


def many(count: int) -> list[Repository]:
    return [repository(f"owner-{index}/repo.{index}", 1000 + index, stars_count=index) for index in range(count)]


def names_of(repositories: list[Repository]) -> list[str]:
    return [each.full_name for each in repositories]


class GitHub(Standin):
    """The stand-in with these repositories too, on a clock that only sleeping moves, and with quota for any test."""

    def __init__(self, *repositories: Repository, quota: int = 5000) -> None:
        self.clock = Clock()
        super().__init__(archive=[], token=TOKEN, now=self.clock.now)
        for each in repositories:
            self.facts.put(each.full_name, each)
        for name in self.github.quotas:
            self.allow(quota, name)

    def left(self, quota: str) -> int:
        return self.github.quotas[quota].left

    @property
    def resets_at(self) -> Any:
        return self.github.quotas["graphql"].resets_at

    def script(self, *responses: Any) -> None:
        """Give these before all others, whatever is requested."""
        for response in responses:
            self.fail("/", response, times=1)


class Client:
    """A caller that stores every exchange, on a clock of its own."""

    def __init__(self, token: str | None = None) -> None:
        self.token = token
        self.clock = Clock()
        self.kept: list[Exchange] = []

    def fetch(self, server: Standin, names: list[str], path: str = "") -> Report:
        if isinstance(server, GitHub):
            self.clock = server.clock
        with Web("someone@example.org", now=self.clock.now, sleep=self.clock.sleep) as web:
            return fetch_repositories(web, server.url + path, names, token=self.token, store=self.kept.append)

    def observations(self) -> pl.DataFrame:
        return parse_repositories(exchanges_frame(self.kept))[0]

    def attempts(self) -> pl.DataFrame:
        return parse_repositories(exchanges_frame(self.kept))[1]

    def statuses(self) -> dict[str, str]:
        return dict(self.observations().select("name_asked", "status").iter_rows())

    def outcomes(self) -> list[tuple[str, str, int | None]]:
        return list(self.attempts().select("subject_id", "outcome", "http_status").iter_rows())


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub(ONE, TWO, THREE) as server:
        yield server


def rest_form(facts: Repository) -> dict[str, Any]:
    return describe_for_rest(View(facts, 0, "https://api.example.org"))


def graphql_form(facts: Repository) -> dict[str, Any]:
    """Return the node of one repository, as our own query asks for it."""
    query: Any = write_query([facts.full_name])
    field = next(field for field in read_query(query["query"], query["variables"]) if field.name == "repository")
    node: Any = select(describe_for_graphql(View(facts, 0, "https://api.example.org")), field.fields, "Repository")
    return node


# --- with a token -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "requests"), [(0, 0), (1, 1), (20, 1), (21, 2), (50, 3)])
def test_twenty_names_share_a_query(count: int, requests: int) -> None:
    repositories = many(count)
    client = Client(TOKEN)
    with GitHub(*repositories) as github:
        report = client.fetch(github, names_of(repositories))
    assert (len(github.requests), report.requests, report.answered) == (requests, requests, count)
    assert client.observations().get_column("stars_count").sort().to_list() == list(range(count))
    assert report.deferred == ()
    assert report.reason is None


def test_names_travel_as_variables_and_never_in_the_text_of_a_query() -> None:
    asked = write_query(["acme/one", "beta/two"])
    assert asked["variables"] == {"o0": "acme", "n0": "one", "o1": "beta", "n1": "two"}
    assert "acme" not in str(asked["query"])
    assert "two" not in str(asked["query"])


def test_one_that_is_gone_leaves_the_others_of_its_query(github: GitHub) -> None:
    client = Client(TOKEN)
    report = client.fetch(github, ["acme/one", "nobody/nothing", "beta/two"])
    assert client.statuses() == {"acme/one": "found", "nobody/nothing": "not_found", "beta/two": "found"}
    assert (report.requests, report.answered) == (1, 3)


def test_null_that_no_error_explains_is_not_absence(github: GitHub) -> None:
    github.script(json_response(200, {"data": {"r0": None, "r1": graphql_form(TWO)}}))
    client = Client(TOKEN)
    client.fetch(github, ["acme/one", "beta/two"])
    assert sorted(client.outcomes()) == [
        ("acme/one", "failed", 200),
        ("acme/one", "found", 200),
        ("beta/two", "found", 200),
    ]
    assert client.statuses() == {"acme/one": "found", "beta/two": "found"}


def test_query_that_times_out_is_halved_down_to_the_name_that_is_too_much() -> None:
    repositories = many(20)
    client = Client(TOKEN)
    with GitHub(*repositories) as github:
        github.fail("/graphql", 502, mentions='"repo.13"')
        report = client.fetch(github, names_of(repositories))
    assert report.deferred == ("owner-13/repo.13",)
    assert report.answered == 19
    assert "502" in str(report.reason)
    assert [len(exchange.asked) for exchange in client.kept][:4] == [20, 10, 10, 5]
    assert set(client.statuses().values()) == {"found"}


def test_limit_on_resources_keeps_what_came_and_halves_the_rest(github: GitHub) -> None:
    error = {"type": "RESOURCE_LIMITS_EXCEEDED", "path": ["r1", "repositoryTopics"], "message": "Resource limits"}
    half_told = {**graphql_form(TWO), "repositoryTopics": None}
    nodes = {"r0": graphql_form(ONE), "r1": half_told, "r2": None}
    github.script(json_response(200, {"data": nodes, "errors": [error, {**error, "path": ["r2"]}]}))
    client = Client(TOKEN)
    report = client.fetch(github, NAMES)
    assert [exchange.asked for exchange in client.kept] == [tuple(NAMES), ("beta/two",), ("gamma/three",)]
    assert report.deferred == ()
    assert client.observations().get_column("topics").list.len().to_list() == [3, 3, 3]


def test_points_that_run_out_leave_the_rest_until_they_are_back() -> None:
    repositories = many(60)
    client = Client(TOKEN)
    with GitHub(*repositories, quota=2) as github:
        report = client.fetch(github, names_of(repositories))
    assert (report.requests, report.answered, len(report.deferred), report.quota_left) == (2, 40, 20, 0)
    assert report.until == github.resets_at + timedelta(seconds=1)
    assert report.quota_resets_at == github.resets_at


@pytest.mark.parametrize("kind", ["RATE_LIMITED", "RATE_LIMIT"])
def test_limit_told_with_a_200_is_a_limit(github: GitHub, kind: str) -> None:
    github.allow(0, "graphql")
    error = {"type": kind, "message": "API rate limit already exceeded for user ID 1."}
    github.script(json_response(200, {"errors": [error]}, github.github.quotas["graphql"].headers()))
    client = Client(TOKEN)
    report = client.fetch(github, NAMES)
    assert {outcome for _, outcome, _ in client.outcomes()} == {"rate_limited"}
    assert (report.deferred, report.until) == (tuple(NAMES), github.resets_at + timedelta(seconds=1))
    assert client.clock.waits == []


@BOTH_WAYS
def test_secondary_limit_waits_a_minute_then_two_then_leaves_the_rest(github: GitHub, token: str | None) -> None:
    limit = message_response(403, "You have exceeded a secondary rate limit. Please wait a few minutes.")
    github.script(*[limit] * 9)
    client = Client(token)
    report = client.fetch(github, NAMES)
    assert len(github.requests) == 3
    first, second = client.clock.waits
    assert 60 <= first < second <= 120
    assert report.deferred == tuple(NAMES)
    assert report.until is not None
    assert report.until > client.clock.now() + timedelta(seconds=120)


@BOTH_WAYS
@pytest.mark.parametrize("status", [403, 429])
def test_wait_that_is_asked_for_is_kept(github: GitHub, token: str | None, status: int) -> None:
    github.script(message_response(status, "Slow down", {"Retry-After": "17"}))
    client = Client(token)
    report = client.fetch(github, NAMES)
    assert (client.clock.waits, report.answered) == ([17], 3)


@BOTH_WAYS
def test_wait_of_an_hour_is_not_slept_but_left_to_the_next_run(github: GitHub, token: str | None) -> None:
    github.script(message_response(429, "Slow down", {"Retry-After": "3600"}))
    client = Client(token)
    report = client.fetch(github, NAMES)
    assert (client.clock.waits, len(github.requests)) == ([], 1)
    assert (report.deferred, report.until) == (tuple(NAMES), START + timedelta(hours=1))


def test_wrong_token_fails_at_once_and_nothing_else_is_sent() -> None:
    client = Client("wrong-secret")
    with GitHub(*many(120)) as github, pytest.raises(TokenError, match="GITHUB_TOKEN") as raised:
        client.fetch(github, names_of(many(120)))
    assert len(github.requests) == 1
    assert github.left("graphql") == 5000
    assert "wrong-secret" not in str(raised.value)
    assert {outcome for _, outcome, _ in client.outcomes()} == {"unauthorized"}
    assert client.observations().is_empty()


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "\u0161ecret", "nul\0"])
def test_token_that_no_header_can_hold_is_refused_without_being_repeated(github: GitHub, token: str) -> None:
    with pytest.raises(TokenError) as raised:
        Client(token).fetch(github, NAMES)
    assert github.requests == []
    assert token not in str(raised.value)


def test_query_that_github_will_not_have_is_not_sent_again(github: GitHub) -> None:
    github.script(*[message_response(400, "Problems parsing JSON")] * 9)
    report = Client(TOKEN).fetch(github, names_of(many(120)))
    assert len(github.requests) == 1
    assert len(report.deferred) == 120
    assert "400" in str(report.reason)


def test_url_of_a_github_of_ones_own_has_graphql_beside_its_rest(github: GitHub) -> None:
    Client(TOKEN).fetch(github, NAMES, "/api/v3")
    assert github.requests[0].path == "/api/graphql"


# --- with a token, and errors in the answers --------------------------------------------------------------------------

# A field of GraphQL, and the column that is null for an error below it.
BELOW = {
    "watchers": "watchers_count",
    "issues": "open_issues_count",
    "forkCount": "forks_count",
    "diskUsage": "size_kilobytes",
    "repositoryTopics": "topics",
    "defaultBranchRef": "default_branch",
    "primaryLanguage": "language",
    "licenseInfo": "license_spdx",
    "latestRelease": "latest_release_tag",
    "languages": "languages",
    "readme": "readme_bytes",
    "pushedAt": "pushed_at",
}


@pytest.mark.parametrize("whose", ["acme/one", "*"])
@pytest.mark.parametrize("field", BELOW)
def test_error_below_a_field_leaves_that_field_null_and_the_repository_found(
    github: GitHub, field: str, whose: str
) -> None:
    github.github.forbidden[whose] = field
    client = Client(TOKEN)
    report = client.fetch(github, NAMES)
    assert (report.requests, report.answered) == (1, 3)
    row, *others = client.observations().to_dicts()
    assert (row["name_asked"], row["status"], row["stars_count"], row[BELOW[field]]) == ("acme/one", "found", 321, None)
    assert [other[BELOW[field]] is None for other in others] == [whose == "*"] * 2
    assert BELOW[field] in row["untold"]
    assert [BELOW[field] in other["untold"] for other in others] == [whose == "*"] * 2


def test_null_without_an_error_is_none_and_below_one_it_is_not_told() -> None:
    client = Client(TOKEN)
    hidden = {"primaryLanguage": None, "licenseInfo": None, "latestRelease": None, "languages": {"edges": [None]}}
    errors = [{"type": "FORBIDDEN", "path": ["r0", *path]} for path in (["licenseInfo"], ["languages", "edges", 0])]
    client.kept = [told(ONE, TOKEN, hidden, errors)]
    one, two = client.observations().sort("name_asked").to_dicts()
    assert [one[name] for name in ("language", "license_spdx", "latest_release_tag", "languages")] == [None] * 4
    assert (one["untold"], two["untold"]) == (["languages", "license_spdx"], [])


def test_what_stands_beside_an_error_is_told() -> None:
    client = Client(TOKEN)
    branch = {"name": "main", "target": {"committedDate": "2025-01-01T00:00:00Z", "history": None}}
    errors = [{"type": "FORBIDDEN", "path": ["r0", "defaultBranchRef", "target", "history"]}]
    client.kept = [told(ONE, TOKEN, {"defaultBranchRef": branch}, errors)]
    row = client.observations().sort("name_asked").row(0, named=True)
    assert (row["default_branch"], row["commits_count"], row["untold"]) == ("main", None, ["commits_count"])


@BOTH_WAYS
def test_text_of_white_space_alone_is_none(token: str | None) -> None:
    with GitHub(replace(ONE, description=" \n", homepage="\u00a0", topics=("tea", "  "))) as github:
        client = Client(token)
        client.fetch(github, ["acme/one"])
    row = client.observations().row(0, named=True)
    assert (row["description"], row["homepage"], row["topics"]) == (None, None, ["tea"])


def test_number_that_graphql_hides_is_asked_for_by_rest_once(github: GitHub) -> None:
    github.github.forbidden["acme/one"] = "databaseId"
    client = Client(TOKEN)
    report = client.fetch(github, NAMES)
    assert (report.requests, report.answered, report.deferred, report.reason) == (2, 3, (), None)
    numbers = {row["name_asked"]: (row["repository_id"], row["method"]) for row in client.observations().to_dicts()}
    assert numbers == {"acme/one": (11, "rest"), "beta/two": (22, "graphql"), "gamma/three": (33, "graphql")}


def test_number_that_nobody_tells_is_deferred_with_the_reason(github: GitHub) -> None:
    github.github.forbidden["acme/one"] = "databaseId"
    github.fail("/repos/acme/one", 500)
    report = Client(TOKEN).fetch(github, NAMES)
    assert (report.answered, report.deferred) == (2, ("acme/one",))
    assert report.requests <= 5
    assert report.reason == "GitHub answered 500 without usable content"


@pytest.mark.parametrize("count", [51, 120, 1314])
def test_numbers_that_graphql_hides_cost_few_requests_and_each_run_gets_some(count: int) -> None:
    with GitHub(*many(count)) as github:
        github.github.forbidden["*"] = "databaseId"
        report = Client(TOKEN).fetch(github, [one.full_name for one in many(count)])
    batches = -(-count // BATCH_SIZE)
    assert report.requests <= 1.2 * batches + 10
    assert (report.answered, report.reason) == (10 + batches // 5, "GitHub does not tell the number of a repository")


WHOLE = {
    "the same error for every name": None,
    "an error without a path": json_response(200, {"errors": [{"message": "Field 'x' doesn't exist"}]}),
    "no data at all": json_response(200, {"data": None}),
    "data of nobody": json_response(200, {"data": {}}),
    "bad gateway": replace(HTML, status=502),
    "gateway time-out": replace(HTML, status=504),
    "limit on resources": json_response(200, {"errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "x"}]}),
    "unavailable": replace(HTML, status=503),
    "somebody else's page": HTML,
    "reset": "reset",
}


@pytest.mark.parametrize("count", [1, 3, 20, 21, 1314])
@pytest.mark.parametrize("kind", WHOLE)
def test_graphql_that_is_wrong_as_a_whole_costs_few_queries_and_seconds(kind: str, count: int) -> None:
    names = names_of(many(count))
    with GitHub(*many(count)) as github:
        github.github.undescribed = {"*"}
        if WHOLE[kind] is not None:
            github.fail("/graphql", WHOLE[kind])
        report = Client(TOKEN).fetch(github, names)
    assert report.deferred == tuple(names)
    assert len(github.requests) <= 1.2 * math.ceil(count / BATCH_SIZE) + 10
    assert sum(github.clock.waits) <= 30
    assert report.reason is not None


@pytest.mark.parametrize("kind", ["the same error for every name", "an error without a path", "data of nobody"])
def test_two_queries_that_bring_errors_alone_end_the_round(kind: str) -> None:
    with GitHub(*many(1314)) as github:
        github.github.undescribed = {"*"}
        if WHOLE[kind] is not None:
            github.fail("/graphql", WHOLE[kind])
        report = Client(TOKEN).fetch(github, names_of(many(1314)))
    assert len(github.requests) == 2
    assert "for other repositories too" in str(report.reason)


def test_graphql_that_goes_wrong_later_keeps_what_came_before() -> None:
    repositories = many(500)
    with GitHub(*repositories) as github:
        github.github.undescribed = set(names_of(repositories[100:]))
        report = Client(TOKEN).fetch(github, names_of(repositories))
    assert (report.requests, report.answered) == (7, 100)


@pytest.mark.parametrize("number", [0, 24, 49, 700, 1313])
def test_one_repository_that_makes_its_query_fail_is_found_out_among_many(number: int) -> None:
    repositories = many(1314)
    with GitHub(*repositories) as github:
        github.fail("/graphql", 502, mentions=f'"repo.{number}"')
        report = Client(TOKEN).fetch(github, names_of(repositories))
    assert report.deferred == (f"owner-{number}/repo.{number}",)
    assert len(github.requests) <= 1.2 * math.ceil(1314 / BATCH_SIZE) + 10


def test_repositories_that_github_cannot_describe_are_spread_and_cost_themselves_alone() -> None:
    repositories = many(1314)
    odd = {name for index, name in enumerate(names_of(repositories)) if index % 40 == 0}
    with GitHub(*repositories) as github:
        github.github.undescribed = odd
        report = Client(TOKEN).fetch(github, names_of(repositories))
    assert set(report.deferred) == odd
    assert len(github.requests) <= 1.2 * math.ceil(1314 / BATCH_SIZE) + 10


def test_limit_met_by_a_part_of_a_batch_is_waited_for(github: GitHub) -> None:
    limit = message_response(403, "You have exceeded a secondary rate limit", {"Retry-After": "17"})
    github.script(json_response(200, {"data": {"r0": None, "r1": graphql_form(TWO)}}), limit)
    client = Client(TOKEN)
    report = client.fetch(github, ["acme/one", "beta/two"])
    assert (report.requests, report.answered, client.clock.waits) == (3, 2, [17])


def test_progress_is_what_was_answered_and_not_what_was_asked_for(github: GitHub) -> None:
    steps: list[int] = []
    github.github.undescribed = {"beta/two"}
    with Web(sleep=lambda seconds: None) as web:
        fetch_repositories(web, github.url, NAMES, token=TOKEN, store=lambda kept: None, advance=steps.append)
        fetch_repositories(web, github.url, NAMES, token=None, store=lambda kept: None, advance=steps.append)
    assert steps == [2, 0, 1, 1, 1]


# --- without a token --------------------------------------------------------------------------------------------------


def test_quota_that_runs_out_leaves_the_rest_pending_and_the_next_call_goes_on() -> None:
    repositories = many(10)
    names = names_of(repositories)
    client = Client()
    with GitHub(*repositories, quota=6) as github:
        report = client.fetch(github, names)
        assert (report.answered, report.deferred) == (4, tuple(names[4:]))
        assert github.left("anonymous") == 2  # for the listing of the archives
        assert (report.quota_left, report.until) == (2, github.resets_at + timedelta(seconds=1))
        github.allow(60)
        assert client.fetch(github, list(report.deferred)).deferred == ()
    assert len({request.path for request in github.requests}) == len(github.requests) == 10
    assert client.clock.waits == []


def test_redirect_is_followed_and_its_cost_seen() -> None:
    repositories = many(9)
    with GitHub(*repositories, quota=7) as github:
        old = {f"old/name-{index}": each for index, each in enumerate(repositories)}
        for name, each in old.items():
            github.facts.put(name, each)
        report = Client().fetch(github, list(old))
    assert report.answered == 3
    assert github.left("anonymous") == 1


@BOTH_WAYS
def test_renamed_repository_is_found_by_its_number_and_keeps_what_was_asked(github: GitHub, token: str | None) -> None:
    github.facts.put("past/name", ONE)
    client = Client(token)
    client.fetch(github, ["Past/Name"])
    assert client.observations().select("name_asked", "full_name", "repository_id").rows() == [
        ("past/name", "Acme/One", 11)
    ]


REFUSALS = {
    "404": (NOT_FOUND, "not_found"),
    "451": (json_response(451, {"message": "Repository access blocked", "block": {"reason": "dmca"}}), "blocked"),
    "403 tos": (json_response(403, {"message": "Repository access blocked", "block": {"reason": "tos"}}), "blocked"),
    "403 other": (message_response(403, "Resource not accessible"), "forbidden"),
    "304": (Response(304), "not_modified"),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_answer_that_is_final_is_taken_once_and_the_rest_goes_on(github: GitHub, kind: str) -> None:
    refusal, outcome = REFUSALS[kind]
    github.fail("/repos/beta/two", refusal)
    client = Client()
    report = client.fetch(github, NAMES)
    assert [outcome for _, outcome, _ in client.outcomes()] == ["found", outcome, "found"]
    assert (report.requests, report.answered, report.deferred) == (3, 3, ())


def test_what_is_gone_or_blocked_is_a_row_with_nothing_but_that(github: GitHub) -> None:
    github.fail("/repos/beta/two", REFUSALS["451"][0])
    client = Client()
    client.fetch(github, ["beta/two"])
    (row,) = client.observations().to_dicts()
    told = {column: value for column, value in row.items() if value is not None}
    assert told == {"name_asked": "beta/two", "status": "blocked", "observed_at": START}


@pytest.mark.parametrize(
    "answer",
    [replace(HTML, status=404), Response(404), json_response(404, ["Not Found"]), HTML, replace(HTML, status=503)],
    ids=["404 html", "404 empty", "404 list", "200 html", "503 html"],
)
def test_answer_that_is_not_githubs_is_never_absence(github: GitHub, answer: Response) -> None:
    github.fail("/repos/beta/two", answer)
    client = Client()
    report = client.fetch(github, NAMES)
    assert report.deferred == ("beta/two",)
    assert client.statuses() == {"acme/one": "found", "gamma/three": "found"}
    assert {outcome for name, outcome, _ in client.outcomes() if name == "beta/two"} == {"failed"}


def test_missing_user_agent_is_our_bug_and_not_asked_again(github: GitHub) -> None:
    github.fail("/repos/beta/two", message_response(403, "Missing or invalid User Agent string."))
    client = Client()
    report = client.fetch(github, NAMES)
    assert (report.requests, report.deferred) == (3, ("beta/two",))


def test_trouble_that_passes_is_asked_again(github: GitHub) -> None:
    github.script(replace(HTML, status=502), "reset")
    client = Client()
    report = client.fetch(github, ["acme/one"])
    assert (report.requests, report.answered) == (3, 1)
    assert [outcome for _, outcome, _ in client.outcomes()] == ["failed", "failed", "found"]


@BOTH_WAYS
def test_service_that_is_down_is_left_alone_after_three_calls(github: GitHub, token: str | None) -> None:
    github.script(*[replace(HTML, status=503)] * 99)
    names = names_of(many(200))
    report = Client(token).fetch(github, names)
    assert len(github.requests) == 9
    assert report.deferred == tuple(names)
    assert report.until is not None
    assert "503" in str(report.reason)


@BOTH_WAYS
def test_service_that_never_answers_is_asked_once(token: str | None) -> None:
    class Silent(GitHub):
        def answer(self, *args: Any, **kwargs: Any) -> Any:
            self.clock.seconds += 60
            return super().answer(*args, **kwargs)

    client = Client(token)
    with Silent(*many(120)) as github:
        github.fail("/", "reset")
        report = client.fetch(github, names_of(many(120)))
    assert (report.requests, client.clock.waits) == (1, [])
    assert report.until == client.clock.now() + timedelta(minutes=10)
    assert len(report.deferred) == 120


@BOTH_WAYS
def test_repositories_that_github_cannot_describe_do_not_keep_us_from_the_rest(token: str | None) -> None:
    odd = [repository(f"odd/{index}", index, stars_count=-1) for index in range(5)]
    client = Client(token)
    with GitHub(*odd, ONE) as github:
        report = client.fetch(github, [*names_of(odd), "acme/one"])
    assert client.statuses() == {"acme/one": "found"}
    assert len(report.deferred) == 5


def test_bad_credentials_without_a_token_are_no_token_error(github: GitHub) -> None:
    github.script(message_response(401, "Bad credentials"))
    report = Client().fetch(github, NAMES)
    assert report.deferred == ("acme/one",)


# --- both -------------------------------------------------------------------------------------------------------------


@BOTH_WAYS
def test_name_is_asked_once_however_often_and_however_it_is_written(github: GitHub, token: str | None) -> None:
    client = Client(token)
    report = client.fetch(github, ["Acme/One", "acme/one", "ACME/ONE", "beta/two"])
    assert report.answered == 2
    assert [name for name, _, _ in client.outcomes()] == ["acme/one", "beta/two"]


UNASKABLE = ["", "one", "a/b/c", "a/..", "a/.", "../b", "a b/c", "a/c?x=1", "a/b\n", "tianyi/c3p\u043e", "-/\0"]
UNASKABLE += ["a" * 101 + "/b", "a/" + "b" * 101]


@BOTH_WAYS
@pytest.mark.parametrize("name", UNASKABLE)
def test_name_that_cannot_be_one_is_deferred_unasked_and_the_rest_goes_on(
    github: GitHub, name: str, token: str | None
) -> None:
    client = Client(token)
    report = client.fetch(github, [name, "acme/one", name])
    assert client.statuses() == {"acme/one": "found"}
    assert (report.requests, report.answered, report.deferred) == (1, 1, (name,))
    assert ascii(name[:150]) in str(report.reason)


@BOTH_WAYS
def test_reason_of_those_that_could_be_asked_for_comes_before_that_of_one_that_could_not(token: str | None) -> None:
    client = Client(token)
    with GitHub(ONE, TWO, quota=0) as github:
        report = client.fetch(github, ["a b/c", "acme/one"])
    assert report.deferred == ("acme/one", "a b/c")
    assert "quota" in str(report.reason)
    assert report.until == github.resets_at + timedelta(seconds=1)


@BOTH_WAYS
def test_every_answer_is_kept_before_the_next_request_goes_out(token: str | None) -> None:
    client = Client(token)
    seen_at_request: list[int] = []

    class Watched(GitHub):
        def answer(self, *args: Any, **kwargs: Any) -> Any:
            seen_at_request.append(len(client.kept))
            return super().answer(*args, **kwargs)

    with Watched(*many(120)) as github:
        github.script(500, "cut", "reset")
        client.fetch(github, names_of(many(120)))
    assert seen_at_request == list(range(len(client.kept)))
    assert len(client.kept) == len(github.requests) > 4


# Columns that GraphQL alone tells.
DETAILS = [
    "archived_at",
    "releases_count",
    "latest_release_tag",
    "latest_release_at",
    "commits_count",
    "last_commit_at",
    "languages",
    "readme_bytes",
]


def test_graphql_tells_of_releases_commits_languages_and_the_readme(github: GitHub) -> None:
    github.facts.put("acme/one", replace(ONE, number=2_001, is_archived=True, is_fork=True, parent="up/stream"))
    github.facts.put("beta/two", replace(TWO, number=2_004, language=None))
    client = Client(TOKEN)
    client.fetch(github, ["acme/one", "beta/two"])
    one, two = client.observations().sort("name_asked").select("parent_full_name", *DETAILS).to_dicts()
    assert one.pop("archived_at") == one.pop("latest_release_at") == one.pop("last_commit_at") is not None
    sizes = [language.pop("size_bytes") for language in one["languages"]]
    assert sizes == sorted(sizes, reverse=True) and sum(sizes) == 2_001 * 1024
    assert one == {
        "parent_full_name": "up/stream",
        "releases_count": 1,
        "latest_release_tag": "v0.1",
        "commits_count": 2_001 % 397 + 1,
        "languages": [{"language": "Python"}, {"language": "Shell"}],
        "readme_bytes": 2_021,
    }
    assert (two["archived_at"], two["releases_count"], two["latest_release_tag"], two["languages"]) == (
        None,
        0,
        None,
        [],
    )


@pytest.mark.parametrize("limit", [10, 3, 1])
def test_queries_become_smaller_where_github_refuses_their_size(limit: int) -> None:
    repositories = many(200)
    with GitHub(*repositories) as github:
        github.github.most_repositories = limit
        report = Client(TOKEN).fetch(github, names_of(repositories))
    assert (report.answered, report.deferred) == (200, ())
    # Two refusals at each size, their parts, and the rest at the size that works.
    assert report.requests <= 2 * 5 + 4 * 20 // limit + math.ceil(200 / limit) + 10


def test_both_apis_give_the_same_record() -> None:
    repositories = [
        ONE,
        repository("beta/bare", 2, description=None, homepage=None, language=None, license=None, topics=()),
        repository("gamma/odd", 3, license="NOASSERTION", is_archived=True, owner_type="User", stars_count=0),
        repository("delta/unicode", 2**40, description="caf\u00e9 \U0001f600 'quoted' \\ \t", topics=("z", "a", "m")),
        repository("epsilon/disabled", 5, is_disabled=True, is_fork=False),
        repository("zeta/idle", 40_009 * 65),  # no issues, no pull requests, of no size
    ]
    rest, graphql = Client(), Client(TOKEN)
    with GitHub(*repositories) as github:
        github.facts.put("old/one", ONE)
        names = [*names_of(repositories), "old/one", "nobody/nothing"]
        rest.fetch(github, names)
        graphql.fetch(github, names)
    by_rest, by_graphql = rest.observations(), graphql.observations()
    assert by_rest.select(DETAILS).null_count().sum_horizontal().item() == by_rest.height * len(DETAILS)
    assert by_rest.drop("method", "untold", *DETAILS).equals(by_graphql.drop("method", "untold", *DETAILS))
    assert by_rest.filter(pl.col("status") == "found")["untold"].unique().to_list() == [sorted(DETAILS)]
    assert by_graphql.filter(pl.col("status") == "found")["untold"].unique().to_list() == [[]]
    assert by_rest.filter(pl.col("status") == "found").get_column("method").unique().to_list() == ["rest"]
    assert by_graphql.filter(pl.col("status") == "found").get_column("method").unique().to_list() == ["graphql"]
    (one,) = by_rest.filter(pl.col("name_asked") == "acme/one").to_dicts()
    assert (one["stars_count"], one["watchers_count"], one["open_issues_count"]) == (321, 11, 12)
    assert one["topics"] == ["colour", "pebbles", "sorting"]
    assert (one["owner"], one["name"], one["owner_type"]) == ("Acme", "One", "Organization")
    (idle,) = by_rest.filter(pl.col("name_asked") == "zeta/idle").to_dicts()
    assert (idle["open_issues_count"], idle["size_kilobytes"]) == (0, 0)


@BOTH_WAYS
def test_text_or_time_that_github_leaves_empty_is_null(token: str | None) -> None:
    client = Client(token)
    empty = {"description": "", "homepage": "", "homepageUrl": "", "pushed_at": None, "pushedAt": None}
    client.kept = [told(ONE, token, empty)]
    row = client.observations().filter(pl.col("name_asked") == "acme/one").to_dicts()[0]
    assert (row["status"], row["description"], row["homepage"], row["pushed_at"]) == ("found", None, None, None)


@BOTH_WAYS
def test_half_a_surrogate_in_a_text_costs_that_sign_alone(token: str | None) -> None:
    client = Client(token)
    client.kept = [
        told(ONE, token, {"description": "broken \ud800 text", "homepage": "\udc00", "homepageUrl": "\udc00"})
    ]
    row = client.observations().filter(pl.col("name_asked") == "acme/one").row(0, named=True)
    assert (row["status"], row["description"], row["homepage"]) == ("found", "broken ? text", "?")
    assert row["stars_count"] == 321


MALFORMED: dict[str, dict[str, Any]] = {
    "count as text": {"stargazers_count": "321", "stargazerCount": "321"},
    "count below zero": {"forks_count": -1, "forkCount": -1},
    "count as fraction": {"subscribers_count": 1.5, "watchers": {"totalCount": 1.5}},
    "count past 64 bits": {"stargazers_count": 2**63, "stargazerCount": 2**63},
    "no number": {"id": None, "databaseId": None},
    "number as boolean": {"id": True, "databaseId": True},
    "no stars": {"stargazers_count": None, "stargazerCount": None},
    "language of another shape": {"language": ["Python"], "primaryLanguage": {"name": ["Python"]}},
    "description of another shape": {"description": {"text": "x"}},
    "flag as text": {"archived": "no", "isArchived": "no"},
    "time without offset": {"created_at": "2024-01-01T00:00:00", "createdAt": "2024-01-01T00:00:00"},
    "no time": {"updated_at": "yesterday", "updatedAt": "yesterday"},
    "time before all": {"pushed_at": "0001-01-01T00:00:00+14:00", "pushedAt": "0001-01-01T00:00:00+14:00"},
}


@BOTH_WAYS
@pytest.mark.parametrize("kind", MALFORMED)
def test_malformed_value_fails_its_repository_and_no_other(kind: str, token: str | None) -> None:
    client = Client(token)
    client.kept = [told(ONE, token, MALFORMED[kind])]
    assert client.outcomes() == [("acme/one", "failed", 200), *([("beta/two", "found", 200)] if token else [])]


OF_ANOTHER_SHAPE: list[dict[str, Any]] = [
    {"full_name": "acme one", "nameWithOwner": "acme one"},
    {"full_name": "acme/one/two", "nameWithOwner": "acme/../one"},
    {"full_name": "acme/one\n", "nameWithOwner": "acme/\u202eone"},
    {"owner": "Acme"},
    {"license": "MIT", "licenseInfo": "MIT"},
    {"topics": "sorting", "repositoryTopics": ["sorting"]},
    {"topics": [{"name": "sorting"}], "repositoryTopics": {"nodes": [{"topic": {"name": 1}}]}},
    {"open_issues_count": "7", "issues": {"totalCount": "5"}},
    {"open_issues_count": -1, "pullRequests": 2},
]


@BOTH_WAYS
@pytest.mark.parametrize("changes", OF_ANOTHER_SHAPE, ids=lambda changes: next(iter(changes)))
def test_part_of_another_shape_fails_its_repository_and_no_other(changes: dict[str, Any], token: str | None) -> None:
    client = Client(token)
    client.kept = [told(ONE, token, changes)]
    assert client.outcomes() == [("acme/one", "failed", 200), *([("beta/two", "found", 200)] if token else [])]


def told(
    first: Repository,
    token: str | None,
    changes: dict[str, Any] | None = None,
    errors: list[dict[str, Any]] | None = None,
) -> Exchange:
    """The answer about acme/one, with parts of it put otherwise; by GraphQL beta/two stands beside it."""
    if token is None:
        return exchange(json.dumps({**rest_form(first), **(changes or {})}).encode())
    nodes = {"r0": {**graphql_form(first), **(changes or {})}, "r1": graphql_form(TWO)}
    return exchange(json.dumps({"data": nodes, "errors": errors or []}).encode(), ("acme/one", "beta/two"), "POST")


def exchange(
    body: bytes | None, asked: tuple[str, ...] = ("acme/one",), method: str = "GET", **changes: Any
) -> Exchange:
    values: dict[str, Any] = {
        "service": "github",
        "asked": asked,
        "round": 1,
        "url": "https://api.example.org",
        "method": method,
        "status": 200,
        "headers": {},
        "fetched_at": START,
        "body": body,
        "error": None,
    }
    return Exchange(**(values | changes))


BROKEN_BODIES = {
    "nothing": None,
    "empty": b"",
    "html": HTML.body,
    "latin-1": '{"description": "caf\u00e9"}'.encode("latin-1"),
    "nesting": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "digits": b'{"id": ' + b"9" * 100_000 + b"}",
    "NaN": b'{"id": NaN}',
    "a list": b"[]",
    "a text": b'"found"',
    "null": b"null",
    "data of another shape": b'{"data": [], "errors": {}}',
    "errors of another shape": b'{"data": null, "errors": [1, {"path": "r0"}, {"path": [["r0"]], "type": []}]}',
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("kind", BROKEN_BODIES)
def test_broken_body_is_a_failed_attempt_and_no_observation(kind: str, method: str) -> None:
    observations, attempts = parse_repositories(exchanges_frame([exchange(BROKEN_BODIES[kind], method=method)]))
    assert observations.is_empty()
    assert attempts.get_column("outcome").to_list() == ["failed"]


def steps_to_read(errors: list[Any], names: int) -> int:
    """Return how many functions are called to read an answer that has no data."""
    asked, body = tuple(f"acme/r{index}" for index in range(names)), json.dumps({"errors": errors}).encode()
    answer = Exchange("github", asked, 1, "http://x/", "POST", 200, {}, START, body, None)
    frame, steps = exchanges_frame([answer]), itertools.count()
    sys.setprofile(lambda *_: next(steps))
    try:
        parse_repositories(frame)
    finally:
        sys.setprofile(None)
    return next(steps)


@pytest.mark.parametrize("error", [{}, {"path": ["r0"]}, {"path": [["r0"]]}], ids=["of none", "of one", "of a list"])
def test_errors_are_read_once_and_not_for_each_repository(error: dict[str, Any]) -> None:
    steps = steps_to_read([error] * 2000, 50) - steps_to_read([], 50)
    assert steps < 2 * (steps_to_read([error] * 2000, 1) - steps_to_read([], 1))


WORDS = sorted({*rest_form(ONE), *graphql_form(ONE), "data", "errors", "path", "type", "r0", "message", "block"})
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["NOT_FOUND", "r0", 1.5])
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6),
    max_leaves=20,
)


@given(value=JSON, method=st.sampled_from(["GET", "POST"]), status=st.sampled_from([200, 403, 404, 429, 451, 500]))
def test_any_json_at_all_is_read_without_a_crash(value: object, method: str, status: int) -> None:
    answered = exchange(json.dumps(value).encode(), method=method, status=status)
    observations, attempts = parse_repositories(exchanges_frame([answered]))
    assert attempts.height == 1
    assert set(observations.get_column("status")) <= {"found", "not_found", "blocked"}


def test_rows_do_not_depend_on_the_order_of_the_raw_ones(github: GitHub) -> None:
    client = Client()
    client.fetch(github, [*NAMES, "nobody/nothing"])
    client.token = TOKEN
    client.fetch(github, [*NAMES, "nobody/nothing"])
    forwards = parse_repositories(exchanges_frame(client.kept))
    for order in itertools.islice(itertools.permutations(client.kept), 24):
        shuffled = parse_repositories(exchanges_frame(order))
        assert all(one.equals(other) for one, other in zip(forwards, shuffled, strict=True))


def test_nothing_in_gives_the_same_types_as_something(github: GitHub) -> None:
    client = Client()
    client.fetch(github, NAMES)
    for raw in (exchanges_frame(client.kept), pl.DataFrame(schema=EXCHANGE)):
        observations, attempts = parse_repositories(raw)
        assert (observations.schema, attempts.schema) == (OBSERVATIONS, ATTEMPTS)


def test_exchanges_of_other_services_are_passed_over() -> None:
    other = exchange(b"# A page", service="archive")
    assert [frame.height for frame in parse_repositories(exchanges_frame([other]))] == [0, 0]


# --- the token --------------------------------------------------------------------------------------------------------


def test_token_is_found_nowhere_but_in_its_header(github: GitHub, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    github.script(500, "reset", "cut")
    client = Client(TOKEN)
    report = client.fetch(github, NAMES)
    assert report.answered == 3
    assert {request.headers["authorization"] for request in github.requests} == {f"Bearer {TOKEN}"}
    for text in (repr(client.kept), repr(report), caplog.text, *map(str, exchanges_frame(client.kept).rows())):
        assert TOKEN not in text


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_token_does_not_follow_a_redirect_to_another_port_or_host(github: GitHub, status: int) -> None:
    with GitHub() as elsewhere:
        elsewhere.fail("/", json_response(200, {"data": {"r0": graphql_form(ONE)}}))
        for address in (elsewhere.url, elsewhere.url.replace("127.0.0.1", "localhost")):
            github.script(Response(status, headers={"Location": f"{address}/graphql"}))
            Client(TOKEN).fetch(github, ["acme/one"])
    assert all("authorization" not in request.headers for request in elsewhere.requests)
    assert not any(TOKEN in str(request) for request in elsewhere.requests)


# --- the storm --------------------------------------------------------------------------------------------------------


def brew_storm(github: GitHub, seed: int) -> None:
    """Let three responses in ten be none: limits, errors, resets, half a body, somebody else's page."""
    limit = message_response(429, "You have exceeded a secondary rate limit", {"Retry-After": "20"})
    faults: list[Any] = [limit, 500, replace(HTML, status=502), replace(HTML, status=503), "html", "reset", "cut"]
    for number, fault in enumerate(faults):
        github.fail("/", fault, share=0.05, seed=seed * len(faults) + number)


@BOTH_WAYS
@pytest.mark.parametrize("seed", range(3))
def test_storm_ends_with_the_data_of_a_calm_day_and_nothing_absent_that_exists(token: str | None, seed: int) -> None:
    repositories = many(8 * BATCH_SIZE + 7 if token else 2 * BATCH_SIZE)
    names = [*names_of(repositories), "gone/one", "gone/two"]
    calm, stormy = Client(token), Client(token)
    with GitHub(*repositories) as github:
        calm.fetch(github, names)
    with GitHub(*repositories, quota=10**6) as storm:
        brew_storm(storm, seed)
        left: tuple[str, ...] = tuple(names)
        for _ in range(20):
            left = stormy.fetch(storm, list(left)).deferred
            if not left:
                break
    assert left == ()
    assert len(stormy.kept) > len(calm.kept)
    assert all(wait <= 120 for wait in stormy.clock.waits)
    seen = stormy.observations()
    assert seen.height == len(names)
    assert (
        seen.sort("name_asked").drop("observed_at").equals(calm.observations().sort("name_asked").drop("observed_at"))
    )
