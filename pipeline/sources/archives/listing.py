"""List the days of an archive: its git tree on GitHub, with the SHA of every page."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange
from pipeline.http.retry import Verdict, persist
from pipeline.services.github.json_values import Malformed, decode, mapping, sequence
from pipeline.services.github.names import check_name
from pipeline.services.github.responses import FAILED, FOUND, NOT_FOUND, NOT_MODIFIED, refusal
from pipeline.services.github.token import headers_for, raise_if_refused
from pipeline.services.github.verdicts import verdict_on
from pipeline.sources.pages import DocumentDay, branch_of, document_id
from pipeline.sources.paths import day_of_path, leads_to_pages
from pipeline.sources.source import Source

LISTING_LIMIT_BYTES = 32 * 1024 * 1024  # GitHub cuts a listing at 7 MB
SHA = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
SYMBOLIC_LINK = "120000"


@dataclass(frozen=True)
class Listing:
    """The days of an archive, as GitHub lists them."""

    source_id: str
    outcome: Literal["listed", "not_modified", "unavailable"]
    fetched_at: datetime  # when the first response had arrived
    blobs: Mapping[DocumentDay, str] | None = None  # SHA of each document of a day; None unless listed
    etag: str | None = None  # for the next request; None unless listed, and useless with another token
    reason: str | None = None  # why it is unavailable, for a person
    until: datetime | None = None  # when a retry may help; None: unknown
    is_missing: bool = False  # GitHub says that there is no such repository or branch


@dataclass(frozen=True)
class Tree:
    """One response of git/trees: SHAs by path."""

    files: Mapping[str, str]
    folders: Mapping[str, str]
    is_whole: bool  # false: GitHub left some out


def list_archive(
    web: Web,
    url: str,
    source: Source,
    *,
    token: str | None,
    store: Callable[[Exchange], None],
    etag: str | None = None,
) -> Listing:
    """Ask GitHub which days an archive has: one request, or a few more if GitHub cuts the listing short.

    `etag` is only sent with a token: without one a 304 costs as much as a 200. Raises TokenError, and SourceError if
    the source's id is not a repository's name.
    """
    base = f"{url}/repos/{check_name(source.source_id)}/git/trees"
    whole = all_below(branch_of(source))

    def ask(tail: str) -> Exchange:
        headers = headers_for(token)
        if etag is not None and token and tail == whole:
            headers["If-None-Match"] = etag

        def send() -> Exchange:
            exchange = web.send(
                "GET",
                f"{base}/{tail}",
                service="archive",
                asked=(source.source_id,),
                headers=headers,
                limit_bytes=LISTING_LIMIT_BYTES,
            )
            store(exchange)
            return exchange

        exchange, _ = persist(send, tree_verdict, sleep=web.sleep, now=web.now)
        if token:
            raise_if_refused(exchange)
        return exchange

    exchanges = [ask(whole)]
    while tree_outcome(exchanges[-1]) == FOUND and (missing := missing_trees(exchanges, source)):
        exchanges.append(ask(missing[0]))
    return read_listing(exchanges, source)


def all_below(tree: str) -> str:
    """Return the end of the address that lists a branch or a tree with all that is below it."""
    return f"{tree}?recursive=1"


def read_listing(exchanges: Sequence[Exchange], source: Source) -> Listing:
    """Return the listing from the exchanges of one call, the whole repository's first. Pure."""
    first, last = exchanges[0], exchanges[-1]
    source_id, fetched_at = source.source_id, first.fetched_at
    outcome = tree_outcome(last)
    if outcome == NOT_MODIFIED and len(exchanges) == 1:
        return Listing(source_id, "not_modified", fetched_at)
    if outcome == NOT_FOUND and len(exchanges) == 1:
        reason = f"GitHub has no repository {source_id} with a branch {branch_of(source)} ({last.status})"
        return Listing(source_id, "unavailable", fetched_at, reason=reason, is_missing=True)
    if outcome != FOUND:
        verdict = verdict_on(last, outcome)
        reason = verdict.reason or f"GitHub has no listing of {source_id}: {outcome} ({last.status})"
        return Listing(source_id, "unavailable", fetched_at, reason=reason, until=verdict.until)
    blobs, missing = assemble(read_trees(exchanges), source, branch_of(source))
    if missing:
        return Listing(source_id, "unavailable", fetched_at, reason=f"the listing of {source_id} was cut short")
    return Listing(source_id, "listed", fetched_at, blobs=blobs, etag=first.headers.get("etag"))


def missing_trees(exchanges: Sequence[Exchange], source: Source) -> list[str]:
    """Return the ends of the addresses that are still to be requested, none of them twice."""
    trees = read_trees(exchanges)
    return [tail for tail in assemble(trees, source, branch_of(source))[1] if tail not in trees]


def assemble(
    trees: Mapping[str, Tree], source: Source, root: str, prefix: str = ""
) -> tuple[dict[DocumentDay, str], list[str]]:
    """Return the SHA of each document of a day below `root`, and the ends of the addresses of missing trees.

    A folder that is too large for one listing is listed by itself, then each folder in it that may hold days.
    """
    everything = all_below(root)
    if everything not in trees:
        return {}, [everything]
    if trees[everything].is_whole:
        return find_pages(trees[everything], source, prefix), []
    if root not in trees or not trees[root].is_whole:
        return {}, [root]
    blobs, missing = find_pages(trees[root], source, prefix), list[str]()
    for folder, sha in trees[root].folders.items():
        if any(leads_to_pages(document.path, prefix + folder) for document in source.documents):
            blobs_below, missing_below = assemble(trees, source, sha, f"{prefix}{folder}/")
            blobs |= blobs_below
            missing += missing_below
    return blobs, missing


def find_pages(tree: Tree, source: Source, prefix: str) -> dict[DocumentDay, str]:
    """Return the SHA of each document of a day in a tree whose paths begin at `prefix`."""
    found: dict[DocumentDay, str] = {}
    for document in source.documents:
        name = document_id(source, document)
        for path, sha in tree.files.items():
            day = day_of_path(document.path, prefix + path)
            if day is not None:
                found[name, day] = sha
    return found


def read_trees(exchanges: Iterable[Exchange]) -> dict[str, Tree]:
    """Return the trees found, by the end of their address."""
    return {tail_of(exchange): read_tree(exchange) for exchange in exchanges if tree_outcome(exchange) == FOUND}


def tail_of(exchange: Exchange) -> str:
    """Return the end of a git/trees address: a branch or SHA, with `?recursive=1` if it covers all below."""
    return exchange.url.rpartition("/git/trees/")[2]


def tree_verdict(exchange: Exchange) -> Verdict:
    """Return what to do after a response of git/trees."""
    return verdict_on(exchange, tree_outcome(exchange))


def tree_outcome(exchange: Exchange) -> str:
    """Return the outcome of a request for a tree; 409 means a repository without a commit."""
    if exchange.status == 409:
        return NOT_FOUND
    if exchange.status != 200:
        return refusal(exchange)
    try:
        read_tree(exchange)
    except Malformed:
        return FAILED
    return FOUND


def read_tree(exchange: Exchange) -> Tree:
    """Return a tree. Raises Malformed if the body is not one, or an entry has no path or SHA."""
    answer = mapping(decode(exchange.body))
    if not isinstance(answer.get("tree"), list):
        raise Malformed("no tree")
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for entry in map(mapping, sequence(answer.get("tree"))):
        path, sha = entry.get("path"), entry.get("sha")
        if not isinstance(path, str) or not isinstance(sha, str) or not SHA.fullmatch(sha):
            raise Malformed("an entry without path or SHA")
        if entry.get("type") == "tree":
            folders[path] = sha
        elif entry.get("type") == "blob" and entry.get("mode") != SYMBOLIC_LINK:
            files[path] = sha
    return Tree(files, folders, is_whole=answer.get("truncated") is False)
