"""What an archive holds, day by day: one listing of its repository on GitHub, with git's name of every page."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange
from pipeline.http.retry import Verdict, persist
from pipeline.services.github.client import headers_for, raise_if_refused
from pipeline.services.github.names import check_name
from pipeline.services.github.responses import (
    FAILED,
    FOUND,
    NOT_FOUND,
    NOT_MODIFIED,
    Malformed,
    decode,
    mapping,
    refusal,
    sequence,
)
from pipeline.services.github.verdicts import judge

LISTING_LIMIT_BYTES = 32 * 1024 * 1024  # GitHub cuts its own off at 7 MB
BRANCH = "main"
WHOLE = f"{BRANCH}?recursive=1"
ON_THE_WAY = re.compile(r"archive(/20[0-9]{2}(/(0[1-9]|1[0-2]))?)?")  # folders that lead to days
PAGE = re.compile(r"archive/([0-9]{4})/([0-9]{2})/([0-9]{2})\.md")
SHA = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
SYMBOLIC_LINK = "120000"


@dataclass(frozen=True)
class Listing:
    """What GitHub said when asked for the days of an archive."""

    source_id: str
    outcome: Literal["listed", "not_modified", "unavailable"]
    fetched_at: datetime  # when the first answer had arrived
    blobs: Mapping[date, str] | None = None  # git's name of each day's page; None unless listed, {} where there is none
    etag: str | None = None  # to ask with next time; only where listed, and worth nothing with another token
    reason: str | None = None  # why it is unavailable, for a person
    until: datetime | None = None  # when asking again may help; None: it was not said


@dataclass(frozen=True)
class Tree:
    """One answer of git/trees: the paths in it with git's names for what they hold."""

    files: Mapping[str, str]
    folders: Mapping[str, str]
    is_whole: bool  # false: GitHub left some out


def list_archive(
    web: Web,
    url: str,
    source_id: str,
    *,
    token: str | None,
    keep: Callable[[Exchange], None],
    etag: str | None = None,
) -> Listing:
    """Ask GitHub which days' pages an archive has: one request, or a few more where GitHub cuts the listing short.

    `etag` is sent only along with a token: without one a 304 costs as much as an answer. Raises TokenError, and
    SourceError for a source_id that cannot be a repository.
    """
    base = f"{url}/repos/{check_name(source_id)}/git/trees"

    def ask(tail: str) -> Exchange:
        headers = headers_for(token)
        if etag is not None and token and tail == WHOLE:
            headers["If-None-Match"] = etag

        def send() -> Exchange:
            exchange = web.send(
                "GET",
                f"{base}/{tail}",
                service="archive",
                asked=(source_id,),
                headers=headers,
                limit_bytes=LISTING_LIMIT_BYTES,
            )
            keep(exchange)
            return exchange

        exchange, _ = persist(send, judge_tree, sleep=web.sleep, now=web.now)
        if token:
            raise_if_refused(exchange)
        return exchange

    exchanges = [ask(WHOLE)]
    while read_outcome(exchanges[-1]) == FOUND and (missing := missing_trees(exchanges)):
        exchanges.append(ask(missing[0]))
    return read_listing(exchanges)


def read_listing(exchanges: Sequence[Exchange]) -> Listing:
    """Return what the exchanges of one call say together; pure. The first is the one for the whole repository."""
    first, last = exchanges[0], exchanges[-1]
    source_id, fetched_at = first.asked[0], first.fetched_at
    outcome = read_outcome(last)
    if outcome == NOT_MODIFIED and len(exchanges) == 1:
        return Listing(source_id, "not_modified", fetched_at)
    if outcome != FOUND:
        verdict = judge(last, outcome)
        reason = verdict.reason or f"GitHub has no listing of {source_id}: {outcome} ({last.status})"
        return Listing(source_id, "unavailable", fetched_at, reason=reason, until=verdict.until)
    blobs, missing = assemble(read_trees(exchanges))
    if missing:
        return Listing(source_id, "unavailable", fetched_at, reason=f"the listing of {source_id} was cut short")
    return Listing(source_id, "listed", fetched_at, blobs=blobs, etag=first.headers.get("etag"))


def missing_trees(exchanges: Sequence[Exchange]) -> list[str]:
    """Return what is still to be asked for, as ends of an address, after these answers; nothing asked twice."""
    trees = read_trees(exchanges)
    return [tail for tail in assemble(trees)[1] if tail not in trees]


def assemble(trees: Mapping[str, Tree], root: str = BRANCH, prefix: str = "") -> tuple[dict[date, str], list[str]]:
    """Return git's name of each day's page below `root`, and the ends of the addresses of trees that are still missing.

    Where all below a folder is more than GitHub lists at once, its own level is, and then each folder that has days.
    """
    everything = f"{root}?recursive=1"
    if everything not in trees:
        return {}, [everything]
    if trees[everything].is_whole:
        return find_pages(trees[everything], prefix), []
    if root not in trees or not trees[root].is_whole:
        return {}, [root]
    blobs, missing = find_pages(trees[root], prefix), list[str]()
    for folder, sha in trees[root].folders.items():
        if ON_THE_WAY.fullmatch(prefix + folder):
            blobs_below, missing_below = assemble(trees, sha, f"{prefix}{folder}/")
            blobs |= blobs_below
            missing += missing_below
    return blobs, missing


def find_pages(tree: Tree, prefix: str) -> dict[date, str]:
    """Return git's name of each page in a tree whose paths begin at `prefix`; what no calendar knows is no day."""
    found: dict[date, str] = {}
    for path, sha in tree.files.items():
        day = day_of(prefix + path)
        if day is not None:
            found[day] = sha
    return found


def day_of(path: str) -> date | None:
    """Return the day of `archive/YYYY/MM/DD.md`; None for every other path."""
    match = PAGE.fullmatch(path)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def read_trees(exchanges: Iterable[Exchange]) -> dict[str, Tree]:
    """Return the trees among the answers, by the end of their address."""
    return {tail_of(exchange): read_tree(exchange) for exchange in exchanges if read_outcome(exchange) == FOUND}


def tail_of(exchange: Exchange) -> str:
    """Return the end of an address of git/trees: a branch or git's name of a tree, and whether with all below it."""
    return exchange.url.rpartition("/git/trees/")[2]


def judge_tree(exchange: Exchange) -> Verdict:
    """Return what an answer of git/trees means for the next request."""
    return judge(exchange, read_outcome(exchange))


def read_outcome(exchange: Exchange) -> str:
    """Return the outcome of a request for a tree. 409 is a repository without a commit."""
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
    """Return a tree. Raises Malformed where it is none, or where a file's name in git is none."""
    answer = mapping(decode(exchange.body))
    if not isinstance(answer.get("tree"), list):
        raise Malformed("without a tree")
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for entry in map(mapping, sequence(answer.get("tree"))):
        path, sha = entry.get("path"), entry.get("sha")
        if not isinstance(path, str) or not isinstance(sha, str) or not SHA.fullmatch(sha):
            raise Malformed("an entry without its names")
        if entry.get("type") == "tree":
            folders[path] = sha
        elif entry.get("type") == "blob" and entry.get("mode") != SYMBOLIC_LINK:
            files[path] = sha
    return Tree(files, folders, is_whole=answer.get("truncated") is False)
