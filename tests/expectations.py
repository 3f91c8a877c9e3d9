"""What a history should come to, told again in plain Python: it shares no line with the SQL that is held to it."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from histories import HEADER, REFUSED_HEADER

from pipeline.http.exchange import Exchange
from pipeline.sources.pages import blob_sha
from pipeline.warehouse.folder import Warehouse

Days = dict[tuple[str, date], tuple[str, bool]]  # by source and day: the outcome, and whether a newer page is unread


def expected_days(answers: Iterable[Exchange]) -> Days:
    """Return what each day should be said to be. A day has no entry while its page may still come."""
    told: dict[tuple[str, date], list[str]] = {}
    for answer in sorted(answers, key=lambda answer: answer.fetched_at):
        if answer.service in ("archive", "feed") and (kind := judge(answer)) is not None:
            source_id, _, day = answer.asked[0].rpartition("/")
            before = told.setdefault((source_id, date.fromisoformat(day)), [])
            has_lost_all = answer.service == "feed" and kind == "empty" and "published" in before
            before.append("unread" if has_lost_all else kind)
    return {source_day: settle(kinds) for source_day, kinds in told.items()}


def judge(answer: Exchange) -> str | None:
    """Return what one answer says of its day: published, empty, unread, absent or no answer; None where nothing yet."""
    if answer.service == "feed":
        return read_list(json.loads(answer.body)) if answer.status == 200 and answer.body else "no answer"
    promised = answer.headers.get("x-blob-sha")
    if answer.status == 200 and answer.body is not None:
        if promised not in (None, blob_sha(answer.body)) or answer.body.startswith(b"<!doctype"):
            return "unread" if promised else "no answer"
        return read(answer.body.decode())
    if answer.status == 404 and promised:
        return "unread"
    if answer.status == 404 and answer.error is None:
        midnight = datetime.combine(day_of(answer) + timedelta(days=1), time(), UTC)
        return "absent" if answer.fetched_at >= midnight else None
    return "no answer"


def day_of(answer: Exchange) -> date:
    return date.fromisoformat(answer.asked[0].rpartition("/")[2])


def read(text: str) -> str:
    """Return what a page of our own making is: a row counts once for each paper, and most rows have to count."""
    if text.startswith(REFUSED_HEADER):
        return "unread"
    lines = text.removeprefix(HEADER).splitlines()
    papers = {line.partition("/abs/")[2].partition(")")[0] for line in lines if "/abs/" in line}
    if not lines:
        return "empty"
    return "published" if 2 * len(papers) >= len(lines) else "unread"


def read_list(entries: list[dict[str, Any]]) -> str:
    """Return what a list of our own making is, like `read`; one that names no paper at all is no list."""
    papers = {entry["paper"]["id"] for entry in entries} - {""}
    if not entries:
        return "empty"
    if not papers:
        return "no answer"
    return "published" if 2 * len(papers) >= len(entries) else "unread"


def settle(kinds: list[str]) -> tuple[str, bool]:
    """Return the outcome of a day from what its answers say, oldest first."""
    pages = [kind for kind in kinds if kind in ("published", "empty", "unread")]
    read_pages = [kind for kind in pages if kind != "unread"]
    if read_pages:
        return read_pages[-1], pages[-1] == "unread"
    evidence = [kind for kind in kinds if kind in ("unread", "absent")]
    return ("absent" if evidence and evidence[-1] == "absent" else "failed"), False


def found_days(warehouse: Warehouse) -> Days:
    """Return what the star says of each day."""
    columns = "source_id, listing_date, outcome, correction_failure is not null"
    rows = ask(warehouse, f"select {columns} from fct_source_day join dim_source using (source_key)")
    return {(source_id, day): (outcome, is_unread) for source_id, day, outcome, is_unread in rows}


def replaced(answers: Iterable[Exchange]) -> dict[int, int | None]:
    """Return for each repository that GitHub described the number that stands under its names instead of its own; None
    where one of its names still means it."""
    holders: dict[str, int] = {}
    history: list[tuple[str, int]] = []
    for answer in sorted(answers, key=lambda answer: answer.fetched_at):
        for name, number in sightings(answer):
            if holders.get(name) != number:
                history.append((name, number))
            holders[name] = number
    latest = {number: replacement(number, history) for _, number in history}
    return {number: None if number in holders.values() else by for number, by in latest.items()}


def sightings(answer: Exchange) -> Iterator[tuple[str, int]]:
    if answer.service == "github" and answer.status == 200 and answer.body:
        description = json.loads(answer.body)
        for name in {answer.asked[0], description["full_name"].lower()}:
            yield name, description["id"]


def replacement(number: int, history: list[tuple[str, int]]) -> int | None:
    """Return whoever came last under a name that a repository had just before; `history`: names that changed hands."""
    last: int | None = None
    holders: dict[str, int] = {}
    for name, new in history:
        if holders.get(name) == number:
            last = new
        holders[name] = new
    return last


def found_repositories(warehouse: Warehouse) -> dict[int, tuple[str, int | None]]:
    """Return the status and the successor of each repository of the star that has a number."""
    columns = "repository_id, status, replaced_by_repository_id"
    rows = ask(warehouse, f"select {columns} from dim_repository where repository_id is not null")
    return {number: (status, by) for number, status, by in rows}


def ask(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    return warehouse.use(lambda connection: connection.execute(query).fetchall())
