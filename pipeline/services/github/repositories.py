"""Read GitHub responses about repositories: one record, whichever API answered. Pure."""

from dataclasses import dataclass
from typing import cast

import polars as pl

from pipeline.http.exchange import ATTEMPTS, Exchange, exchanges_of
from pipeline.services.github.errors import Errors
from pipeline.services.github.fields import FIELDS, ORIGINS
from pipeline.services.github.json_values import Malformed, decode, mapping, number, sequence, text
from pipeline.services.github.names import is_name
from pipeline.services.github.responses import (
    BLOCKED,
    FAILED,
    FOUND,
    NOT_FOUND,
    RATE_LIMITED,
    UNAUTHORIZED,
    refusal,
)

LANGUAGES = pl.List(pl.Struct({"language": pl.String, "size_bytes": pl.Int64}))

OBSERVATIONS = pl.Schema(
    {
        "name_asked": pl.String,  # owner/name in lower case, as requested: an alias of the repository on that day
        "repository_id": pl.Int64,  # GitHub's number, stable across renames
        "full_name": pl.String,  # owner/name in GitHub's present spelling; differs from name_asked after a rename
        "owner": pl.String,
        "owner_type": pl.String,  # User | Organization | Bot
        "name": pl.String,
        "description": pl.String,  # null here and below: none, but for what is in untold
        "homepage": pl.String,  # as typed by its owner
        "language": pl.String,  # the one with the most bytes
        "license_spdx": pl.String,  # NOASSERTION: one that GitHub does not recognise
        "topics": pl.List(pl.String),  # each once, in code point order; empty: none; null: not told
        "is_archived": pl.Boolean,
        "is_disabled": pl.Boolean,
        "archived_at": pl.Datetime("us", "UTC"),  # by GraphQL alone; null also if it is not archived
        "is_fork": pl.Boolean,
        "parent_full_name": pl.String,  # of a fork; null also where the parent is private or gone
        "is_template": pl.Boolean,
        "default_branch": pl.String,  # null also for an empty repository, by GraphQL
        "created_at": pl.Datetime("us", "UTC"),
        "updated_at": pl.Datetime("us", "UTC"),
        "pushed_at": pl.Datetime("us", "UTC"),
        "stars_count": pl.Int64,  # all counts: from 0; null only if the response lacks them
        "forks_count": pl.Int64,
        "open_issues_count": pl.Int64,  # issues and pull requests
        "watchers_count": pl.Int64,  # people notified; what REST calls watchers_count is stars
        "size_kilobytes": pl.Int64,
        "releases_count": pl.Int64,  # this and what follows up to README by GraphQL alone: null by REST
        "latest_release_tag": pl.String,  # null without a release
        "latest_release_at": pl.Datetime("us", "UTC"),
        "commits_count": pl.Int64,  # of the default branch; null for an empty repository
        "last_commit_at": pl.Datetime("us", "UTC"),  # of the default branch, as the committer dated it
        "languages": LANGUAGES,  # by bytes, the largest first, ten at most; empty: no code
        "readme_bytes": pl.Int64,  # of README.md; null if there is no file of that name
        "untold": pl.List(pl.String),  # the columns of which the response does not tell, sorted; null unless found
        "status": pl.String,  # found | not_found | blocked; the last two have only name_asked and observed_at
        "observed_at": pl.Datetime("us", "UTC"),  # when the response had arrived
        "method": pl.String,  # rest | graphql; null unless found
    }
)


@dataclass(frozen=True)
class Meaning:
    """What one response says about one name."""

    name: str
    outcome: str  # found | not_found | blocked | forbidden | rate_limited | not_modified | unauthorized | failed
    facts: dict[str, object] | None = None  # columns of OBSERVATIONS; only where found


def parse_repositories(exchanges: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return OBSERVATIONS and ATTEMPTS from EXCHANGE rows, both sorted by time, then name.

    Rows of other services are skipped. Every name of every exchange is an attempt. Only found, not_found and blocked
    are observations too: a response that failed, met a limit or was refused says nothing about the repository.
    """
    observations: list[dict[str, object]] = []
    attempts: list[dict[str, object]] = []
    for exchange in exchanges_of(exchanges.filter(pl.col("service") == "github")):
        for meaning in read(exchange):
            attempts.append(describe_attempt(exchange, meaning))
            if meaning.outcome in (FOUND, NOT_FOUND, BLOCKED):
                observations.append(describe_observation(exchange, meaning))
    return (
        pl.DataFrame(observations, schema=OBSERVATIONS).sort("observed_at", "name_asked", "status", "method"),
        pl.DataFrame(attempts, schema=ATTEMPTS).sort("attempted_at", "subject_id", "outcome", "http_status"),
    )


def describe_observation(exchange: Exchange, meaning: Meaning) -> dict[str, object]:
    """Return a row of OBSERVATIONS."""
    facts = {} if meaning.facts is None else {**meaning.facts, "method": method(exchange)}
    return {
        **dict.fromkeys(OBSERVATIONS),
        **facts,
        "name_asked": meaning.name,
        "status": meaning.outcome,
        "observed_at": exchange.fetched_at,
    }


def describe_attempt(exchange: Exchange, meaning: Meaning) -> dict[str, object]:
    """Return a row of ATTEMPTS."""
    return {
        "service": exchange.service,
        "subject_id": meaning.name,
        "attempted_at": exchange.fetched_at,
        "outcome": meaning.outcome,
        "http_status": exchange.status,
    }


def method(exchange: Exchange) -> str:
    """Return which API was used: only GraphQL is a POST."""
    return "graphql" if exchange.method == "POST" else "rest"


def read(exchange: Exchange) -> list[Meaning]:
    """Return what a response says about each requested name, in the order requested."""
    if method(exchange) == "graphql":
        return read_batch(exchange)
    return [read_one(exchange, name) for name in exchange.asked]


def read_one(exchange: Exchange, name: str) -> Meaning:
    """Return what a REST response says; anything but the documented JSON is a failure."""
    if exchange.status != 200:
        return Meaning(name, refusal(exchange))
    try:
        return Meaning(name, FOUND, read_facts(mapping(decode(exchange.body)), "rest"))
    except Malformed:
        return Meaning(name, FAILED)


def read_batch(exchange: Exchange) -> list[Meaning]:
    """Return what a GraphQL response says about each repository; r0 is the first name requested."""
    if exchange.status != 200:
        # a failure of the whole query says nothing about a repository
        outcome = refusal(exchange)
        outcome = outcome if outcome in (RATE_LIMITED, UNAUTHORIZED) else FAILED
        return [Meaning(name, outcome) for name in exchange.asked]
    try:
        answer = mapping(decode(exchange.body))
    except Malformed:
        return [Meaning(name, FAILED) for name in exchange.asked]
    nodes = mapping(answer.get("data"))
    errors = Errors(answer.get("errors"))
    return [read_node(name, f"r{index}", nodes, errors) for index, name in enumerate(exchange.asked)]


def read_node(name: str, alias: str, nodes: dict[str, object], errors: Errors) -> Meaning:
    """Return what a GraphQL response says under one alias; a null without an error is a failure, not absence.

    An error below a field leaves that field unknown, and the others as good as ever; a limit on the query's size does
    not.
    """
    node = nodes.get(alias)
    if node is None or errors.is_cut(alias):
        return Meaning(name, errors.outcome_of_null(alias) if node is None else FAILED)
    try:
        return Meaning(name, FOUND, read_facts(mapping(node), "graphql", errors.fields(alias)))
    except Malformed:
        return Meaning(name, FAILED)


def read_facts(answer: dict[str, object], api: str, faulty: frozenset[str] = frozenset()) -> dict[str, object]:
    """Return the columns in one repository's JSON; `faulty` are its fields with errors at or below them.

    Raises Malformed if a value has the wrong form.
    """
    facts: dict[str, object] = {}
    for field in FIELDS:
        path = field.rest if api == "rest" else field.graphql
        facts[field.column] = field.read(dig(answer, path)) if path else None
        if field.is_required and facts[field.column] is None:
            raise Malformed(f"no {field.column}")
    full_name = str(facts["full_name"])
    if not is_name(full_name):
        raise Malformed("not a repository's name")
    facts["owner"], facts["name"] = full_name.split("/")
    facts["topics"] = None if "repositoryTopics" in faulty else read_topics(answer, api)
    facts["open_issues_count"] = read_open_issues(answer, api)
    facts["languages"] = None if "languages" in faulty else read_languages(answer)  # what is left is some of them
    facts["untold"] = sorted(
        column
        for column, fields in ORIGINS[api].items()
        if facts[column] is None and (not fields or not faulty.isdisjoint(fields))
    )
    return facts


def read_topics(answer: dict[str, object], api: str) -> list[str]:
    """Return the distinct topics, sorted, because the APIs order them differently. Raises Malformed."""
    if api == "rest":
        topics = [text(topic) for topic in listed(answer.get("topics"))]
    else:
        nodes = listed(dig(answer, "repositoryTopics.nodes"))
        topics = [text(dig(mapping(node), "topic.name")) for node in nodes]
    return sorted({topic for topic in topics if topic is not None})


def read_languages(answer: dict[str, object]) -> list[dict[str, object]] | None:
    """Return the languages in the order given; None where the response does not tell, as by REST. Raises Malformed."""
    edges = dig(answer, "languages.edges")
    if edges is None:
        return None
    found: list[dict[str, object]] = [
        {"language": text(dig(mapping(edge), "node.name")), "size_bytes": number(mapping(edge).get("size"))}
        for edge in listed(edges)
    ]
    if any(None in language.values() for language in found):
        raise Malformed("a language without name or size")
    return found


def read_open_issues(answer: dict[str, object], api: str) -> int | None:
    """Return the open issues and pull requests: one count by REST, two by GraphQL. Raises Malformed."""
    if api == "rest":
        return number(answer.get("open_issues_count"))
    issues = number(dig(answer, "issues.totalCount"))
    pulls = number(dig(answer, "pullRequests.totalCount"))
    return None if issues is None or pulls is None else number(issues + pulls)


def dig(answer: dict[str, object], path: str) -> object:
    """Return the value at a dotted path; None below a null or absent value. Raises Malformed."""
    value: object = answer
    for key in path.split("."):
        if value is None:
            return None
        if not isinstance(value, dict):
            raise Malformed("not an object")
        value = mapping(cast("object", value)).get(key)
    return value


def listed(value: object) -> list[object]:
    """Return a list, [] for null. Raises Malformed for anything else."""
    if value is not None and not isinstance(value, list):
        raise Malformed("not a list")
    return sequence(cast("object", value))
