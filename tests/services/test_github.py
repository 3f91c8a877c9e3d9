"""Repositories from GitHub, asked both ways, by real HTTP of a loopback server."""

import itertools
import json
import logging
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_github import (
    HTML,
    NOT_FOUND_BODY,
    START,
    TOKEN,
    Answer,
    Clock,
    GitHub,
    Loopback,
    Request,
    graphql_form,
    json_answer,
    repository,
    rest_form,
)

from pipeline.core.errors import TokenError
from pipeline.http.client import Web
from pipeline.http.exchange import ATTEMPTS, EXCHANGE, Exchange, Report, exchanges_frame
from pipeline.services.github.client import BATCH_SIZE, fetch_repositories, write_query
from pipeline.services.github.repositories import OBSERVATIONS, parse_repositories

ONE, TWO, THREE = repository("Acme/One", 11), repository("beta/two", 22), repository("gamma/three", 33)
NAMES = ["acme/one", "beta/two", "gamma/three"]
BOTH_WAYS = pytest.mark.parametrize("token", [None, TOKEN], ids=["rest", "graphql"])


class Client:
    """A caller that keeps every exchange, on a clock of its own."""

    def __init__(self, token: str | None = None) -> None:
        self.token = token
        self.clock = Clock()
        self.kept: list[Exchange] = []
        self.web = Web("someone@example.org", now=self.clock.now, sleep=self.clock.sleep)

    def fetch(self, server: Loopback, names: list[str]) -> Report:
        with self.web:
            return fetch_repositories(self.web, server.url, names, token=self.token, store=self.kept.append)

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


def many(count: int) -> list[dict[str, Any]]:
    return [repository(f"owner-{index}/repo.{index}", 1000 + index, stars=index) for index in range(count)]


# --- with a token -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "requests"), [(0, 0), (1, 1), (50, 1), (51, 2), (120, 3)])
def test_fifty_names_share_a_query(count: int, requests: int) -> None:
    repositories = many(count)
    client = Client(TOKEN)
    with GitHub(*repositories) as github:
        report = client.fetch(github, [r["full_name"] for r in repositories])
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
    github.script.extend([json_answer({"data": {"r0": None, "r1": graphql_form(TWO)}})])
    client = Client(TOKEN)
    client.fetch(github, ["acme/one", "beta/two"])
    assert client.outcomes() == [("acme/one", "failed", 200), ("beta/two", "found", 200), ("acme/one", "found", 200)]
    assert client.statuses() == {"acme/one": "found", "beta/two": "found"}


def test_query_that_times_out_is_halved_down_to_the_name_that_is_too_much() -> None:
    repositories = many(20)
    client = Client(TOKEN)
    with GitHub(*repositories) as github:
        github.slow = {"owner-13/repo.13"}
        report = client.fetch(github, [r["full_name"] for r in repositories])
    assert report.deferred == ("owner-13/repo.13",)
    assert report.answered == 19
    assert "502" in str(report.reason)
    assert [len(exchange.asked) for exchange in client.kept][:4] == [20, 10, 10, 5]
    assert set(client.statuses().values()) == {"found"}


def test_limit_on_resources_keeps_what_came_and_halves_the_rest(github: GitHub) -> None:
    error = {"type": "RESOURCE_LIMITS_EXCEEDED", "path": ["r1", "repositoryTopics"], "message": "Resource limits"}
    half_told = {**graphql_form(TWO), "repositoryTopics": None}
    nodes = {"r0": graphql_form(ONE), "r1": half_told, "r2": None}
    github.script.append(json_answer({"data": nodes, "errors": [error, {**error, "path": ["r2"]}]}))
    client = Client(TOKEN)
    report = client.fetch(github, NAMES)
    assert [exchange.asked for exchange in client.kept] == [tuple(NAMES), ("beta/two",), ("gamma/three",)]
    assert report.deferred == ()
    assert client.observations().get_column("topics").list.len().to_list() == [3, 3, 3]


def test_points_that_run_out_leave_the_rest_until_they_are_back() -> None:
    repositories = many(150)
    client = Client(TOKEN)
    with GitHub(*repositories, quota=2) as github:
        report = client.fetch(github, [r["full_name"] for r in repositories])
    assert (report.requests, report.answered, len(report.deferred), report.quota_left) == (2, 100, 50, 0)
    assert report.until == github.resets_at + timedelta(seconds=1)
    assert report.quota_resets_at == github.resets_at


@pytest.mark.parametrize("kind", ["RATE_LIMITED", "RATE_LIMIT"])
def test_limit_told_with_a_200_is_a_limit(github: GitHub, kind: str) -> None:
    github.left = 0
    error = {"type": kind, "message": "API rate limit already exceeded for user ID 1."}
    github.script.append(json_answer({"errors": [error]}, headers=github.quota()))
    client = Client(TOKEN)
    report = client.fetch(github, NAMES)
    assert {outcome for _, outcome, _ in client.outcomes()} == {"rate_limited"}
    assert (report.deferred, report.until) == (tuple(NAMES), github.resets_at + timedelta(seconds=1))
    assert client.clock.slept == []


@BOTH_WAYS
def test_secondary_limit_waits_a_minute_then_two_then_leaves_the_rest(github: GitHub, token: str | None) -> None:
    limit = json_answer({"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}, 403)
    github.script.extend([limit] * 9)
    client = Client(token)
    report = client.fetch(github, NAMES)
    assert len(github.requests) == 3
    first, second = client.clock.slept
    assert 60 <= first < second <= 120
    assert report.deferred == tuple(NAMES)
    assert report.until is not None
    assert report.until > client.clock.now() + timedelta(seconds=120)


@BOTH_WAYS
@pytest.mark.parametrize("status", [403, 429])
def test_wait_that_is_asked_for_is_kept(github: GitHub, token: str | None, status: int) -> None:
    github.script.append(json_answer({"message": "Slow down"}, status, {"Retry-After": "17"}))
    client = Client(token)
    report = client.fetch(github, NAMES)
    assert (client.clock.slept, report.answered) == ([17], 3)


@BOTH_WAYS
def test_wait_of_an_hour_is_not_slept_but_left_to_the_next_run(github: GitHub, token: str | None) -> None:
    github.script.append(json_answer({"message": "Slow down"}, 429, {"Retry-After": "3600"}))
    client = Client(token)
    report = client.fetch(github, NAMES)
    assert (client.clock.slept, len(github.requests)) == ([], 1)
    assert (report.deferred, report.until) == (tuple(NAMES), START + timedelta(hours=1))


def test_wrong_token_fails_at_once_and_nothing_else_is_sent() -> None:
    client = Client("wrong-secret")
    with GitHub(*many(120)) as github, pytest.raises(TokenError, match="GITHUB_TOKEN") as raised:
        client.fetch(github, [r["full_name"] for r in many(120)])
    assert len(github.requests) == 1
    assert github.left == 5000
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
    github.script.extend([json_answer({"message": "Problems parsing JSON"}, 400)] * 9)
    report = Client(TOKEN).fetch(github, [r["full_name"] for r in many(120)])
    assert len(github.requests) == 1
    assert len(report.deferred) == 120
    assert "400" in str(report.reason)


def test_url_of_a_github_of_ones_own_has_graphql_beside_its_rest(github: GitHub) -> None:
    client = Client(TOKEN)
    fetch_repositories(client.web, f"{github.url}/api/v3", NAMES, token=TOKEN, store=client.kept.append)
    assert github.requests[0].path == "/api/graphql"


# --- without a token --------------------------------------------------------------------------------------------------


def test_quota_that_runs_out_leaves_the_rest_pending_and_the_next_call_goes_on() -> None:
    repositories = many(10)
    names = [r["full_name"] for r in repositories]
    client = Client()
    with GitHub(*repositories, quota=6) as github:
        report = client.fetch(github, names)
        assert (report.answered, report.deferred) == (4, tuple(names[4:]))
        assert github.left == 2  # for the listing of the archives
        assert (report.quota_left, report.until) == (2, github.resets_at + timedelta(seconds=1))
        github.left = 60
        assert client.fetch(github, list(report.deferred)).deferred == ()
    assert len({request.path for request in github.requests}) == len(github.requests) == 10
    assert client.clock.slept == []


def test_redirect_is_followed_and_its_cost_seen() -> None:
    repositories = many(9)
    with GitHub(*repositories, quota=7) as github:
        github.renamed = {f"old/name-{index}": f"owner-{index}/repo.{index}" for index in range(9)}
        report = Client().fetch(github, list(github.renamed))
    assert report.answered == 3
    assert github.left == 1


@BOTH_WAYS
def test_renamed_repository_is_found_by_its_number_and_keeps_what_was_asked(github: GitHub, token: str | None) -> None:
    github.renamed = {"past/name": "acme/one"}
    client = Client(token)
    client.fetch(github, ["Past/Name"])
    assert client.observations().select("name_asked", "full_name", "repository_id").rows() == [
        ("past/name", "Acme/One", 11)
    ]


REFUSALS = {
    "404": (json_answer(NOT_FOUND_BODY, 404), "not_found"),
    "451": (json_answer({"message": "Repository access blocked", "block": {"reason": "dmca"}}, 451), "blocked"),
    "403 tos": (json_answer({"message": "Repository access blocked", "block": {"reason": "tos"}}, 403), "blocked"),
    "403 other": (json_answer({"message": "Resource not accessible"}, 403), "forbidden"),
    "304": (Answer(304), "not_modified"),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_answer_that_is_final_is_taken_once_and_the_rest_goes_on(github: GitHub, kind: str) -> None:
    github.refused["beta/two"], outcome = REFUSALS[kind]
    client = Client()
    report = client.fetch(github, NAMES)
    assert [outcome for _, outcome, _ in client.outcomes()] == ["found", outcome, "found"]
    assert (report.requests, report.answered, report.deferred) == (3, 3, ())


def test_what_is_gone_or_blocked_is_a_row_with_nothing_but_that(github: GitHub) -> None:
    github.refused["beta/two"] = REFUSALS["451"][0]
    client = Client()
    client.fetch(github, ["beta/two"])
    (row,) = client.observations().to_dicts()
    told = {column: value for column, value in row.items() if value is not None}
    assert told == {"name_asked": "beta/two", "status": "blocked", "observed_at": START}


@pytest.mark.parametrize(
    "answer",
    [Answer(404, HTML), Answer(404), json_answer(["Not Found"], 404), Answer(200, HTML), Answer(503, HTML)],
    ids=["404 html", "404 empty", "404 list", "200 html", "503 html"],
)
def test_answer_that_is_not_githubs_is_never_absence(github: GitHub, answer: Answer) -> None:
    github.refused["beta/two"] = answer
    client = Client()
    report = client.fetch(github, NAMES)
    assert report.deferred == ("beta/two",)
    assert client.statuses() == {"acme/one": "found", "gamma/three": "found"}
    assert {outcome for name, outcome, _ in client.outcomes() if name == "beta/two"} == {"failed"}


def test_missing_user_agent_is_our_bug_and_not_asked_again(github: GitHub) -> None:
    github.refused["beta/two"] = json_answer({"message": "Missing or invalid User Agent string."}, 403)
    client = Client()
    report = client.fetch(github, NAMES)
    assert (report.requests, report.deferred) == (3, ("beta/two",))


def test_trouble_that_passes_is_asked_again(github: GitHub) -> None:
    github.script.extend([Answer(502, HTML), Answer(wire="reset")])
    client = Client()
    report = client.fetch(github, ["acme/one"])
    assert (report.requests, report.answered) == (3, 1)
    assert [outcome for _, outcome, _ in client.outcomes()] == ["failed", "failed", "found"]


@BOTH_WAYS
def test_service_that_is_down_is_left_alone_after_three_calls(github: GitHub, token: str | None) -> None:
    github.script.extend([Answer(503, HTML)] * 99)
    names = [r["full_name"] for r in many(200)]
    report = Client(token).fetch(github, names)
    assert len(github.requests) == 9
    assert report.deferred == tuple(names)
    assert report.until is not None
    assert "503" in str(report.reason)


@BOTH_WAYS
def test_repositories_that_github_cannot_describe_do_not_keep_us_from_the_rest(token: str | None) -> None:
    odd = [repository(f"odd/{index}", index, stars="many") for index in range(5)]
    client = Client(token)
    with GitHub(*odd, ONE) as github:
        report = client.fetch(github, [*(r["full_name"] for r in odd), "acme/one"])
    assert client.statuses() == {"acme/one": "found"}
    assert len(report.deferred) == 5


def test_bad_credentials_without_a_token_are_no_token_error(github: GitHub) -> None:
    github.script.append(json_answer({"message": "Bad credentials"}, 401))
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
    kept: list[Exchange] = []
    seen_at_request: list[int] = []
    with GitHub(*many(120)) as github:
        github.script.extend([Answer(500), Answer(wire="cut", body=b"{}"), Answer(wire="reset")])
        take = github.take

        def count_and_take(request: Request) -> Answer:
            seen_at_request.append(len(kept))
            return take(request)

        github.take = count_and_take
        client = Client(token)
        fetch_repositories(client.web, github.url, [r["full_name"] for r in many(120)], token=token, store=kept.append)
    assert seen_at_request == list(range(len(kept)))
    assert len(kept) == len(github.requests) > 4


def test_both_apis_give_the_same_record() -> None:
    repositories = [
        ONE,
        repository(
            "beta/bare", 2, description="", homepage=None, language=None, license=None, topics=[], pushed_at=None
        ),
        repository("gamma/odd", 3, license="NOASSERTION", is_archived=True, owner_type="User", issues=0, stars=0),
        repository("delta/unicode", 2**40, description="caf\u00e9 \U0001f600 'quoted' \\ \t", topics=["z", "a", "m"]),
        repository("epsilon/disabled", 5, is_disabled=True, is_fork=False, kilobytes=0),
    ]
    rest, graphql = Client(), Client(TOKEN)
    with GitHub(*repositories) as github:
        github.renamed = {"old/one": "acme/one"}
        names = [*(r["full_name"] for r in repositories), "old/one", "nobody/nothing"]
        rest.fetch(github, names)
        graphql.fetch(github, names)
    by_rest, by_graphql = rest.observations(), graphql.observations()
    assert by_rest.drop("method").equals(by_graphql.drop("method"))
    assert by_rest.filter(pl.col("status") == "found").get_column("method").unique().to_list() == ["rest"]
    assert by_graphql.filter(pl.col("status") == "found").get_column("method").unique().to_list() == ["graphql"]
    (one,) = by_rest.filter(pl.col("name_asked") == "acme/one").to_dicts()
    assert (one["stars_count"], one["watchers_count"], one["open_issues_count"]) == (321, 9, 7)
    assert one["topics"] == ["colour", "pebbles", "sorting"]
    assert (one["owner"], one["name"], one["owner_type"]) == ("Acme", "One", "Organization")


MALFORMED: dict[str, Any] = {
    "count as text": {"stars": "321"},
    "count below zero": {"forks": -1},
    "count as fraction": {"watchers": 1.5},
    "count past 64 bits": {"stars": 2**63},
    "no number": {"number": None},
    "number as boolean": {"number": True},
    "no stars": {"stars": None},
    "language of another shape": {"language": ["Python"]},
    "description of another shape": {"description": {"text": "x"}},
    "half a surrogate": {"description": "broken \ud800 text"},
    "flag as text": {"is_archived": "no"},
    "time without offset": {"created_at": "2024-01-01T00:00:00"},
    "no time": {"updated_at": "yesterday"},
    "time before all": {"pushed_at": "0001-01-01T00:00:00+14:00"},
}


@BOTH_WAYS
@pytest.mark.parametrize("kind", MALFORMED)
def test_malformed_value_fails_its_repository_and_no_other(kind: str, token: str | None) -> None:
    client = Client(token)
    odd = repository("acme/one", **{"number": 1, **MALFORMED[kind]})
    client.kept = [told(odd, token)]
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


def told(first: dict[str, Any], token: str | None, changes: dict[str, Any] | None = None) -> Exchange:
    """The answer about acme/one, with parts of it put otherwise; by GraphQL beta/two stands beside it."""
    if token is None:
        return exchange(json.dumps({**rest_form(first), **(changes or {})}).encode())
    nodes = {"r0": {**graphql_form(first), **(changes or {})}, "r1": graphql_form(TWO)}
    return exchange(json.dumps({"data": nodes}).encode(), ("acme/one", "beta/two"), "POST")


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
    "html": HTML,
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
    github.script.extend([Answer(500), Answer(wire="reset"), Answer(wire="cut", body=b"{}")])
    client = Client(TOKEN)
    report = client.fetch(github, NAMES)
    assert report.answered == 3
    assert {request.headers["authorization"] for request in github.requests} == {f"Bearer {TOKEN}"}
    for text in (repr(client.kept), repr(report), caplog.text, *map(str, exchanges_frame(client.kept).rows())):
        assert TOKEN not in text


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_token_does_not_follow_a_redirect_to_another_port_or_host(github: GitHub, status: int) -> None:
    with Loopback(lambda _: json_answer({"data": {"r0": graphql_form(ONE)}})) as elsewhere:
        for address in (elsewhere.url, elsewhere.url.replace("127.0.0.1", "localhost")):
            github.script.append(Answer(status, headers={"Location": f"{address}/graphql"}))
            Client(TOKEN).fetch(github, ["acme/one"])
    assert all("authorization" not in request.headers for request in elsewhere.requests)
    assert not any(TOKEN in str(request) for request in elsewhere.requests)


# --- the storm --------------------------------------------------------------------------------------------------------


class Storm(GitHub):
    """Three answers in ten are none: limits, errors, resets, half a body, somebody else's page."""

    def __init__(self, *repositories: dict[str, Any], seed: int) -> None:
        super().__init__(*repositories, quota=10**6)
        self._random = random.Random(seed)

    def answer(self, request: Request) -> Answer:
        calm = super().answer(request)
        if self._random.random() >= 0.3:
            return calm
        return self._random.choice(
            [
                json_answer({"message": "You have exceeded a secondary rate limit"}, 429, {"Retry-After": "20"}),
                Answer(500),
                Answer(502, HTML),
                Answer(503, HTML),
                Answer(200, HTML),
                Answer(wire="reset"),
                Answer(calm.status, calm.body, calm.headers, wire="cut"),
            ]
        )


@BOTH_WAYS
@pytest.mark.parametrize("seed", range(3))
def test_storm_ends_with_the_data_of_a_calm_day_and_nothing_absent_that_exists(token: str | None, seed: int) -> None:
    repositories = many(8 * BATCH_SIZE + 7 if token else 2 * BATCH_SIZE)
    names = [*(r["full_name"] for r in repositories), "gone/one", "gone/two"]
    calm, stormy = Client(token), Client(token)
    with GitHub(*repositories) as github:
        calm.fetch(github, names)
    with Storm(*repositories, seed=seed) as storm:
        left: tuple[str, ...] = tuple(names)
        for _ in range(20):
            left = stormy.fetch(storm, list(left)).deferred
            if not left:
                break
    assert left == ()
    assert len(stormy.kept) > len(calm.kept)
    assert all(wait <= 120 for wait in stormy.clock.slept)
    seen = stormy.observations()
    assert seen.height == len(names)
    assert (
        seen.sort("name_asked").drop("observed_at").equals(calm.observations().sort("name_asked").drop("observed_at"))
    )
