"""Histories for property tests: what the services might have answered, in any order, as exchanges held in memory.

Few days, papers, repositories and moments, so that answers meet: the same page twice, a page that comes back, one that
cannot be read, a name that passes to another repository. A history lives in a world of its own, with its own week and
names, so that many fit into one warehouse. `star` is the whole of what they came to, for comparison; what is expected
of it stands in expectations.py.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from pipeline.http.exchange import Exchange
from pipeline.sources import registry
from pipeline.sources.pages import blob_sha, page_url, subject_of
from pipeline.sources.registry import find_source
from pipeline.standin.arxiv import FEED, write_entry
from pipeline.standin.facts import Paper, Repository
from pipeline.standin.records import View, describe_for_rest
from pipeline.warehouse.checks import CHECKS
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.tables import TABLES

REFUSED_HEADER = "| Mystery | Riddle |\n|---|---|\n| what | why |\n"  # a table, and none of papers
HEADER = "| Title | Authors | Summary | Classification | GitHub URLs | HuggingFace URLs |\n|---|---|---|---|---|---|\n"
Row = tuple[Any, ...]
Star = dict[str, list[Row]]  # rows by table
Entry = tuple[str, str]  # of a feed's list: an arXiv id, empty without one, and a title
FEED_OF_PAPERS = "huggingface/daily-papers"
NOWHERE = "http://127.0.0.1:9"
MOST_RUNS = 3


class World:
    """What a history is about."""

    def __init__(self, number: int) -> None:
        first = date(2025, 3, 7) + timedelta(weeks=number)  # a Friday
        self.days = [first, first + timedelta(days=1)]
        noon = datetime.combine(first, time(12), UTC)
        at_once = [noon + timedelta(hours=9 * step) for step in range(40)]
        slow, fast = (noon + timedelta(days=off) for off in (-200, 400))  # of machines whose clock is wrong
        self.moments = [*at_once, *(off + timedelta(hours=step) for off in (slow, fast) for step in range(2))]
        self.ids = [f"2503.{number:02}00{place}" for place in range(3)] + [f"cs/01120{number:02}"]
        self.names = [f"Lab/Teapot-{number}", f"lab/kettle-{number}", f"Other/Teapot-{number}"]
        self.numbers = [1000 * number + place for place in (1, 2, 3)]
        teapot, kettle, other = (name.lower() for name in self.names)
        self.github_cells = [
            "N/A",
            f"[Link](https://github.com/{self.names[0]})",
            f"[Link](https://github.com/{teapot}.git), [Link](https://github.com/{kettle})",
            f"[Link](https://github.com/{other}), [Link](null)",
            "[Link](https://huggingface.co/Lab/Pot-7b)",
        ]


CELLS = {  # of the columns that all worlds share
    "authors": ["Ada Kettle", "Ada Kettle, Bo Spoon", "N/A"],
    "summary": ["Hot.", "Cold."],
    "tasks": ["[]", "['Robotics']", "['Robotics', 'Steam-to-Text']"],
}
HUB_CELLS = ["N/A", "[Link](https://huggingface.co/lab/pot-7b)", "[Link](https://huggingface.co/datasets/lab/steam)"]


@st.composite
def rows(draw: st.DrawFn, world: World) -> str:
    """A row of a page; one in some has no paper and is a reject."""
    arxiv_id = draw(st.sampled_from([*world.ids, ""]))
    title = f"Tea {arxiv_id or 'leaves'} {draw(st.sampled_from(['', 'again']))}".strip()
    linked = f"[{title}](https://arxiv.org/abs/{arxiv_id})" if arxiv_id else title
    cells = [draw(st.sampled_from(choice)) for choice in (*CELLS.values(), world.github_cells, HUB_CELLS)]
    return f"| {' | '.join([linked, *cells])} |\n"


def pages(world: World) -> st.SearchStrategy[bytes]:
    """Pages of up to three rows, and now and then one that cannot be read."""
    texts = st.lists(rows(world), max_size=3).map(lambda lines: HEADER + "".join(lines))
    riddles = st.integers(0, 2).map(lambda number: REFUSED_HEADER + "| what | why |\n" * number)
    return st.one_of(texts, texts, texts, riddles).map(str.encode)


@st.composite
def page_answers(draw: st.DrawFn, world: World, bodies: Sequence[bytes]) -> Exchange:
    """An answer to the question for a day's page; `bodies` are few, so that pages repeat and come back."""
    source_id = draw(st.sampled_from([source.source_id for source in registry.SOURCES]))
    day, at = draw(st.sampled_from(world.days)), draw(st.sampled_from(world.moments))
    url = page_url(NOWHERE, find_source(source_id), day)
    exchange = Exchange("archive", (subject_of(source_id, day),), 1, url, "GET", 200, {}, at, None, None)
    kinds = ["gone", "gone", "doubted", "unlisted", "html", "swapped", "hidden", "busy", "silent"]
    match draw(st.sampled_from(["page"] * 12 + ["listed"] * 3 + kinds)):
        case "page":
            return replace(exchange, body=draw(st.sampled_from(bodies)))
        case "listed":
            body = draw(st.sampled_from(bodies))
            return replace(exchange, body=body, headers={"x-blob-sha": blob_sha(body)})
        case "gone":
            return replace(exchange, status=404, body=b"404: Not Found")
        case "doubted":
            return replace(exchange, status=404, body=b"404: Not Found", error="GitHub has no such repository")
        case "unlisted":
            return replace(exchange, status=404, method="LISTING")
        case "html":
            return replace(exchange, body=b"<!doctype html><title>Not now</title>")
        case "swapped":
            return replace(exchange, body=draw(st.sampled_from(bodies)), headers={"x-blob-sha": "0" * 40})
        case "hidden":
            return replace(exchange, status=404, headers={"x-blob-sha": "0" * 40})
        case "busy":
            return replace(exchange, status=503, body=b"busy")
        case _:
            return replace(exchange, status=None, error="no answer within 60 s")


@st.composite
def lists_of_feeds(draw: st.DrawFn, world: World) -> list[Entry]:
    """A day's list of a feed, as ids and titles; an entry without an id, or with one a second time, is a reject."""
    ids = draw(st.lists(st.sampled_from([*world.ids, *world.ids, ""]), max_size=5))
    return [
        (arxiv_id, f"Tea {arxiv_id or 'leaves'} {draw(st.sampled_from(['', 'again']))}".strip()) for arxiv_id in ids
    ]


@st.composite
def looks(draw: st.DrawFn, world: World, lists: Sequence[list[Entry]]) -> Exchange:
    """A look of a feed at a day. The same list comes with other votes, in another order and with keys nobody knows."""
    day, at = draw(st.sampled_from(world.days)), draw(st.sampled_from(world.moments))
    exchange = Exchange("feed", (subject_of(FEED_OF_PAPERS, day),), 1, NOWHERE, "GET", 200, {}, at, None, None)
    if draw(st.integers(0, 9)) == 0:
        return replace(exchange, status=503, body=b"busy")
    unknown = draw(st.sampled_from([{}, {}, {"mystery": 1}, {"riddle": 1}]))
    shown = draw(st.permutations(draw(st.sampled_from(lists))))
    papers = [{"id": name, "title": title, "upvotes": draw(st.integers(0, 2))} for name, title in shown]
    return replace(exchange, body=json.dumps([{"paper": paper, **unknown} for paper in papers]).encode())


@st.composite
def watched_lists(draw: st.DrawFn, world: World, lists: Sequence[list[Entry]]) -> list[Exchange]:
    """One day's list of a feed, looked at again and again: most looks have an identity that another has too."""
    asked = draw(looks(world, lists)).asked
    moments = draw(st.lists(st.sampled_from(world.moments), min_size=2, max_size=4, unique=True))
    return [replace(draw(looks(world, lists)), asked=asked, fetched_at=at) for at in moments]


@st.composite
def arxiv_answers(draw: st.DrawFn, world: World) -> Exchange:
    """A feed with some of the papers asked for, each in some version, or no feed."""
    asked = tuple(draw(st.lists(st.sampled_from(world.ids), min_size=1, unique=True)))
    around, at = draw(st.sampled_from([1, 2])), draw(st.sampled_from(world.moments))
    exchange = Exchange("arxiv", asked, around, f"{NOWHERE}/api/query", "GET", 200, {}, at, None, None)
    if draw(st.integers(0, 9)) == 0:
        return replace(exchange, status=503, body=b"Rate exceeded.")
    versions = {arxiv_id: draw(st.integers(0, 3)) for arxiv_id in asked}
    entries = [write_entry(invent_paper(name, version), version) for name, version in versions.items() if version]
    stamp, name = "2025-03-06T00:00:00Z", '"urn:x"'
    feed = FEED.format(id="", title="", now=stamp, href=name, size=1, total=1, start=0, entries="".join(entries))
    return replace(exchange, body=feed.encode())


def invent_paper(arxiv_id: str, version: int) -> Paper:
    return Paper(
        arxiv_id=arxiv_id,
        title=f"Tea {arxiv_id} v{version}",
        abstract="Hot.",
        authors=(("Ada Kettle", "Tea House"), ("Cy Saucer",))[: 3 - min(version, 2)],
        categories=("cs.AI", "cs.LG")[: 1 + version % 2],
        version=version,
        submitted_at="2025-03-01T00:00:00Z",
        updated_at=f"2025-03-0{version}T00:00:00Z",
        comment="This paper has been withdrawn" if version == 3 else None,
    )


@st.composite
def github_answers(draw: st.DrawFn, world: World) -> Exchange:
    """What GitHub says of a name: some repository, under this name or another, or why there is none."""
    name, at = draw(st.sampled_from(world.names)).lower(), draw(st.sampled_from(world.moments))
    exchange = Exchange("github", (name,), 1, f"{NOWHERE}/repos/{name}", "GET", 200, {}, at, None, None)
    match draw(st.sampled_from(["found", "found", "found", "not_found", "blocked", "forbidden", "limited"])):
        case "found":
            return replace(exchange, body=draw(descriptions(world, name)))
        case "not_found":
            return replace(exchange, status=404, body=b'{"message": "Not Found"}')
        case "blocked":
            return replace(exchange, status=451, body=b'{"message": "Repository access blocked"}')
        case "forbidden":
            return replace(exchange, status=403, body=b'{"message": "Not for you"}')
        case _:
            return replace(exchange, status=429, headers={"retry-after": "60"}, body=b"{}")


@st.composite
def descriptions(
    draw: st.DrawFn, world: World, name: str, numbers: Sequence[int] = (), names: Sequence[str] = ()
) -> bytes:
    repository = Repository(
        number=draw(st.sampled_from(numbers or world.numbers)),
        full_name=draw(st.sampled_from(names or [name, name, *world.names])),
        created_at="2024-01-01T00:00:00Z",
        pushed_at="2025-03-01T00:00:00Z",
        stars_count=draw(st.integers(0, 3)),
        description=draw(st.sampled_from(["A pot.", "Two pots."])),
    )
    return json.dumps(describe_for_rest(View(repository, 0, NOWHERE))).encode()


@st.composite
def watches(draw: st.DrawFn, world: World) -> list[Exchange]:
    """One name that GitHub is asked for again and again; now and then its repository was deleted and made anew."""
    name = draw(st.sampled_from(world.names)).lower()
    moments = draw(st.lists(st.sampled_from(world.moments), min_size=3, max_size=5, unique=True))
    numbers = draw(st.sampled_from([world.numbers[:1], world.numbers[:2]]))
    found = Exchange("github", (name,), 1, f"{NOWHERE}/repos/{name}", "GET", 200, {}, moments[0], None, None)
    return [
        replace(found, fetched_at=at, body=draw(descriptions(world, name, [draw(st.sampled_from(numbers))], [name])))
        for at in moments
    ]


@st.composite
def settled_days(draw: st.DrawFn, world: World, bodies: Sequence[bytes]) -> list[Exchange]:
    """One day's page, asked for again and again: absent, read, unreadable and corrected in any order."""
    asked = draw(page_answers(world, bodies))
    moments = draw(st.lists(st.sampled_from(world.moments), min_size=2, max_size=4, unique=True))
    answers = [draw(page_answers(world, bodies)) for _ in moments]
    return [
        replace(answer, asked=asked.asked, url=asked.url, fetched_at=at)
        for answer, at in zip(answers, moments, strict=True)
    ]


@st.composite
def histories(draw: st.DrawFn, number: int) -> list[list[Exchange]]:
    """Three runs, some of them empty, in order of arrival, which need not be that of the answers' own times.

    No service answers twice in one microsecond.
    """
    world = World(number)
    bodies = draw(st.lists(pages(world), min_size=2, max_size=4))
    shown = draw(st.lists(lists_of_feeds(world), min_size=1, max_size=2))
    one = st.one_of(*[page_answers(world, bodies)] * 3, arxiv_answers(world), github_answers(world))
    many = [watches(world), settled_days(world, bodies), watched_lists(world, shown)]
    some = st.one_of(*[one.map(lambda answer: [answer])] * 4, *many)
    lists = draw(st.lists(some, min_size=4, max_size=12))
    answers = {(answer.service, answer.fetched_at): answer for drawn in lists for answer in drawn}
    drawn = draw(st.permutations(list(answers.values())))
    count = len(drawn)
    cuts = sorted(draw(st.lists(st.integers(0, count), min_size=MOST_RUNS - 1, max_size=MOST_RUNS - 1)))
    return [drawn[first:last] for first, last in zip([0, *cuts], [*cuts, count], strict=True)]


def star(warehouse: Warehouse) -> Star:
    """Return every row of every table; lists as the text that they are."""

    def read(connection: Any) -> Star:
        return {table: connection.execute(f"from {table}").fetchall() for table in TABLES}

    return {table: [tuple(map(hashable, row)) for row in rows] for table, rows in warehouse.use(read).items()}


def hashable(value: Any) -> Any:
    return repr(value) if isinstance(value, list | dict) else value


def differences(one: Star, other: Star) -> dict[str, list[Row]]:
    """Return by table the rows that only one of two stars has; no table where they are the same."""
    counts = {table: (Counter(one[table]), Counter(other[table])) for table in TABLES}
    rows = {table: [*(mine - yours), *(yours - mine)] for table, (mine, yours) in counts.items()}
    return {table: found for table, found in rows.items() if found}


def content_hash(connection: Any) -> str:
    """Name the whole content of a star, whatever the order of its rows."""
    return hashlib.sha256(repr(content_hashes(connection)).encode()).hexdigest()[:16]


def content_hashes(connection: Any) -> dict[str, tuple[Any, ...]]:
    """Name the content of each table by the number of its rows and the sum of their hashes."""
    rows = "select count(*), sum(md5_number_lower(t::varchar)) from {} as t"
    return {table: connection.execute(rows.format(table)).fetchall()[0] for table in TABLES}


def broken_rules(warehouse: Warehouse) -> Star:
    """Return the rows that break a rule of severity error, by the name of the check."""
    found = warehouse.check()
    return {name: rows for name, rows in found.items() if rows and CHECKS[name].is_error}
