"""GraphQL as GitHub speaks it: the query, what its response means for the next one, and what it cost. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pipeline.http.exchange import Exchange
from pipeline.http.retry import Verdict
from pipeline.services.github.fields import FRAGMENT
from pipeline.services.github.json_values import Malformed, decode_object, mapping, moment, number, sequence
from pipeline.services.github.repositories import read
from pipeline.services.github.responses import INDEFINITE, RATE_LIMITED, quota_left, quota_resets_at
from pipeline.services.github.verdicts import failure_verdict, limit_verdict

NUMBERLESS = "GitHub does not tell the number of a repository"


def write_query(names: Sequence[str]) -> dict[str, object]:
    """Return the JSON of a query for `names`, r0 being the first; names are variables, never query text."""
    indices = range(len(names))
    declared = ", ".join(f"$o{index}: String!, $n{index}: String!" for index in indices)
    asked = "\n".join(f"r{index}: repository(owner: $o{index}, name: $n{index}) {{ ...Facts }}" for index in indices)
    variables: dict[str, str] = {}
    for index, name in enumerate(names):
        variables[f"o{index}"], variables[f"n{index}"] = name.split("/")
    query = f"query ({declared}) {{\nrateLimit {{ cost remaining resetAt }}\n{asked}\n}}\n{FRAGMENT}"
    return {"query": query, "variables": variables}


def graphql_address(url: str) -> str:
    """Return the GraphQL endpoint; GitHub Enterprise Server has it beside /api/v3, not below."""
    return f"{url.removesuffix('/v3') if url.endswith('/api/v3') else url}/graphql"


def graphql_verdict(exchange: Exchange) -> Verdict:
    """Return what to do after a GraphQL response: `ok` if it answers at least one name.

    A query that was too much, or was answered with errors alone, is not sent again as it was.
    """
    outcomes = {meaning.outcome for meaning in read(exchange)}
    if outcomes - INDEFINITE:
        return Verdict()
    if RATE_LIMITED in outcomes:
        return limit_verdict(exchange)
    if names_without_number(exchange):
        return Verdict("give_up", NUMBERLESS)
    if is_answered(exchange):
        return Verdict("give_up", f"GitHub answered with {describe_errors(exchange)} and nothing else")
    is_final = is_too_much(exchange) and len(exchange.asked) > 1
    return replace(failure_verdict(exchange), kind="give_up") if is_final else failure_verdict(exchange)


def part_verdict(exchange: Exchange) -> Verdict:
    """Return what to do after a query for a part of a batch: asked for before, it is repeated only after a limit."""
    verdict = graphql_verdict(exchange)
    return verdict if verdict.until else replace(verdict, tries=1)


def is_answered(exchange: Exchange) -> bool:
    """Whether GitHub itself answered, whatever it says, and not a proxy on the way."""
    return exchange.status == 200 and bool(decode_object(exchange.body))


def names_without_number(exchange: Exchange) -> frozenset[str]:
    """Return the names whose repository came without its number, which GraphQL may hide and REST may tell."""
    nodes = mapping(decode_object(exchange.body).get("data")) if is_answered(exchange) else {}
    found = {name: mapping(nodes.get(f"r{index}")) for index, name in enumerate(exchange.asked)}
    return frozenset(
        name for name, node in found.items() if node.get("nameWithOwner") and node.get("databaseId") is None
    )


def is_too_much(exchange: Exchange) -> bool:
    """Whether a smaller query may fare better: GitHub cut this one off, or met a limit on its size."""
    return exchange.status in (502, 504) or "RESOURCE_LIMITS_EXCEEDED" in error_types(exchange)


def is_rejected(exchange: Exchange) -> bool:
    """Whether GitHub rejects the query itself, so that other batches would fare no better."""
    return exchange.status is not None and 400 <= exchange.status < 500


def error_types(exchange: Exchange) -> list[str]:
    """Return the types of GraphQL errors in a response, each once, sorted; one without a type is `an error`."""
    errors = map(mapping, sequence(decode_object(exchange.body).get("errors")))
    types = (str(error.get("type")) for error in errors)
    return sorted({kind if re.fullmatch("[A-Z_]{1,40}", kind) else "an error" for kind in types})


def describe_errors(exchange: Exchange) -> str:
    """Return what a response has instead of data, in words that hold no text of a stranger."""
    return ", ".join(error_types(exchange)[:3]) or "unusable content"


def read_quota(exchange: Exchange) -> tuple[int | None, datetime | None, int]:
    """Return what is left, when the window resets, and the cost of this request; GraphQL says so in its body."""
    told = mapping(mapping(decode_object(exchange.body).get("data")).get("rateLimit"))
    try:
        left, resets_at, cost = number(told.get("remaining")), moment(told.get("resetAt")), number(told.get("cost"))
    except Malformed:
        left, resets_at, cost = None, None, None
    if left is None:
        return quota_left(exchange), quota_resets_at(exchange), 1
    return left, resets_at or quota_resets_at(exchange), cost or 1
