"""Answers as services give them, spoilt: an element, a field or a header is missing, null, of another type, or absurd.

Seeded, so that a red run can be repeated. Papers and repositories are few and pages list them, so that what is spoilt
reaches the star.
"""

import copy
import json
import random
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from five_lists import DAILY_PAPERS, TIMLRX, WATCH_DOG, describe_result, entries, write_section
from histories import HEADER, NOWHERE

from pipeline.http.exchange import Exchange
from pipeline.sources import registry
from pipeline.sources.pages import blob_sha, page_url, subject_of
from pipeline.sources.registry import find_source
from pipeline.standin.arxiv import FEED, write_entry
from pipeline.standin.facts import Paper, Repository
from pipeline.standin.hub.papers import invent_page
from pipeline.standin.hub.resources import invent_resource
from pipeline.standin.providers.datacite import write_record
from pipeline.standin.records import View, describe_for_graphql, describe_for_rest

IDS = [*(f"2503.{number:05}" for number in range(1, 16)), "cs/0112017", "hep-th/9901001"]
NAMES = [f"lab-{number % 4}/pot-{number}" for number in range(12)]
DAYS = [date(2025, 3, 3) + timedelta(days=number) for number in range(14)]
NOON = datetime(2025, 4, 1, 12, tzinfo=UTC)

TEXTS = [
    "",
    " ",
    "0",
    "-1",
    "null",
    "None",
    "\x00",
    "\x01\x08\x0b\x0c\x1b[31m",
    "\u2028\u202e\ufffe\uffff",
    "\ufeff",
    "e\u0301\u200b",
    "🦄",
    "大语言模型",
    "9" * 400,
    "1e400",
    "NaN",
    "35Q30",
    "68T07 (Primary), 68T50",
    "x" * 70_000,
    "'; drop table x; --",
    "../..",
    "jane_corp/pot",
    f"x/{'y' * 300}",
    "http://arxiv.org/abs/2503.00001",
    "http://arxiv.org/abs/2503.00001v99999999999999999999",
    "http://arxiv.org/abs/2503.00002v0",
    "http://arxiv.org/api/errors#incorrect_id_format",
    "2025-03-02",
    "2025-13-45T99:99:99Z",
    "2025-03-02T00:00:00",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "1970-01-01T00:00:00Z",
    "2087-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999-23:59",
    "9999-12-31T23:59:59Z",
    "-infinity",
]
VALUES: list[Any] = [
    *TEXTS,
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**53,
    2**63 - 1,
    2**63,
    -(2**63),
    10**30,
    1.5,
    1e308,
    float("nan"),
    float("inf"),
    "\ud800",
    [],
    {},
    [None],
    [[]],
    ["x"] * 500,
    [{"topic": None}, {"topic": {"name": 7}}, None],
    {"name": None},
    {"totalCount": "7"},
    {"login": {"login": "x"}},
]
TIMES = [
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC),
    datetime(2024, 1, 1, tzinfo=UTC),
    datetime(2087, 6, 5, tzinfo=UTC),
    datetime(2099, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
]
HEADER_NAMES = [
    "x-blob-sha",
    "etag",
    "date",
    "retry-after",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-final-url",
]
STATUSES = [None, 200, 204, 301, 304, 400, 401, 403, 404, 410, 414, 429, 451, 500, 503, 999]


class Spoiler:
    """Draws answers, each another; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.number = seed * 1_000_000

    def answers(self, count: int) -> list[Exchange]:
        archives = [self.page, self.look, self.results, self.sections]
        services = [self.feed, self.records, self.rest, self.graphql, self.stars, self.resource, self.hub_page]
        kinds = [*archives, *services, self.citations]
        return [self.spoil(kinds[place % len(kinds)]()) for place in range(count)]

    def one_of(self, choice: list[Any]) -> Any:
        return self.chance.choice(choice)

    def happens(self, part: float) -> bool:
        return self.chance.random() < part

    def exchange(self, service: str, asked: tuple[str, ...], body: bytes, url: str) -> Exchange:
        self.number += 1
        at = NOON + timedelta(minutes=self.chance.randrange(60 * 24 * 60), microseconds=self.number % 1_000_000)
        return Exchange(service, asked, 1, url, "GET", 200, {}, at, body, None)

    def spoil(self, exchange: Exchange) -> Exchange:
        """Spoil what is around the body: now and then the status, the time, the headers, or that there is a body."""
        if self.happens(0.1):
            exchange = replace(exchange, status=self.one_of(STATUSES))
        if self.happens(0.06):
            self.number += 1
            moved = self.one_of(TIMES)
            exchange = replace(exchange, fetched_at=moved.replace(microsecond=max(self.number % 1_000_000, 1)))
        if self.happens(0.25):
            headers = {name: str(self.one_of(TEXTS)) for name in self.chance.sample(HEADER_NAMES, 2)}
            exchange = replace(exchange, headers={**exchange.headers, **headers})
        if self.happens(0.03):  # no response at all, or one that was cut off
            status = self.one_of([None, exchange.status])
            exchange = replace(exchange, status=status, body=None, error=self.one_of(TEXTS) or None)
        if self.happens(0.05):
            exchange = replace(exchange, round=2)
        return exchange

    def page(self) -> Exchange:
        """A page whose cells are now and then absurd, or that is cut or none at all."""
        source_id, day = self.one_of([source.source_id for source in registry.SOURCES]), self.one_of(DAYS)
        heading = self.one_of(["", "", f"## Papers for {day}\n\n", f"# Papers for {self.one_of(TEXTS)}\n\n"])
        rows = "".join(self.row(arxiv_id) for arxiv_id in self.chance.sample(IDS, self.chance.randrange(8)))
        head = HEADER if self.happens(0.9) else HEADER.replace("Authors", self.one_of(TEXTS))
        body = f"{heading}{head}{rows}".encode()
        if self.happens(0.1):
            body = body[: self.chance.randrange(len(body) + 1)]
        if self.happens(0.05):
            place = self.chance.randrange(len(body) + 1)
            body = body[:place] + self.chance.randbytes(8) + body[place:]
        exchange = self.exchange(
            "archive", (subject_of(source_id, day),), body, page_url(NOWHERE, find_source(source_id), day)
        )
        return replace(exchange, headers={"x-blob-sha": blob_sha(body)} if self.happens(0.4) else {})

    def look(self) -> Exchange:
        """An answer of the list of Hugging Face with absurd fields, now and then the first page of two."""
        day = self.one_of(DAYS)
        answer = self.absurd([{"organization": {"name": "x"}, **entry} for entry in self.sample(entries(day, 8))])
        body = (json.dumps(answer) if self.happens(0.9) else self.one_of(TEXTS)).encode("utf-8", "replace")
        url = f"{NOWHERE}/api/daily_papers?date={day}"
        headers = {"x-look": f"{self.number}", "x-page": "0"}
        headers |= {"link": f'<{url}&p=1>; rel="next"'} if self.happens(0.1) else {}
        return replace(self.exchange("feed", (subject_of(DAILY_PAPERS, day),), body, url), headers=headers)

    def results(self) -> Exchange:
        """The JSON of a day with absurd fields."""
        day = self.one_of(DAYS)
        answer = self.absurd([describe_result(day, arxiv_id) for arxiv_id in self.sample(IDS)])
        return self.file(f"{TIMLRX}/json", day, json.dumps(answer).encode())

    def stars(self) -> Exchange:
        """A page of a repository's stars by day with absurd fields."""
        newest = datetime(2025, 3, 30, tzinfo=UTC) - timedelta(weeks=self.chance.randrange(20))
        weeks = [newest - timedelta(weeks=step) for step in range(self.chance.randrange(31))]
        counts = [self.chance.randrange(9) for _ in range(7)]
        answer = self.absurd([{"week": int(w.timestamp()), "total": sum(counts), "days": counts} for w in weeks])
        asked = (f"{1000 + self.chance.randrange(len(NAMES))}/{self.chance.randrange(1, 4)}",)
        url = f"{NOWHERE}/repositories/{asked[0]}/stargazers/history"
        return self.exchange("star_history", asked, json.dumps(answer).encode(), url)

    def citations(self) -> Exchange:
        """An answer of Semantic Scholar with absurd fields."""
        ids = self.sample(IDS) or IDS[:1]
        author = {"authorId": "17", "name": "Ada Lovelace"}
        facts = {"citationCount": 8, "influentialCitationCount": 1, "authors": [author, {**author, "authorId": None}]}
        answer = self.absurd([{"externalIds": {"ArXiv": arxiv_id}, **facts} for arxiv_id in ids])
        body = json.dumps(answer).encode()
        url = f"{NOWHERE}/graph/v1/paper/batch"
        return replace(self.exchange("semantic_scholar", tuple(ids), body, url), method="POST")

    def resource(self) -> Exchange:
        """A model, data set or space of Hugging Face with absurd fields, or what is said of one that is not there."""
        shelf, kind = self.one_of([("models", "model"), ("datasets", "dataset"), ("spaces", "space")])
        name = self.one_of(["lab/pot-7b", "lab/pot", "pot"])
        made = next(found for place in range(99) if (found := invent_resource(shelf, f"lab/made-{place}", NOON)))
        told = {key: value for key, value in made.items() if self.happens(0.9)}
        answer = self.absurd({**told, "id": name, "_id": f"{self.chance.randrange(5):024x}"})
        status = self.one_of([200] * 6 + [401, 401, 404])
        if status != 200:
            refusal = {"error": "Invalid username or password."}
            answer = self.absurd(refusal) if self.happens(0.5) else refusal
        url = f"{NOWHERE}/api/{shelf}/{name}"
        exchange = self.exchange("hub", (f"{kind}/{name}",), json.dumps(answer).encode(), url)
        return replace(exchange, status=status)

    def hub_page(self) -> Exchange:
        """Hugging Face's page of a paper with absurd fields."""
        arxiv_id = self.one_of([each for each in IDS if "/" not in each])
        made = next(found for place in range(99) if (found := invent_page(f"2601.{place:05}", "Tea")))
        linked = {"linkedModels": [{"id": "lab/pot-7b"}, {"id": "lab/made-1"}], "numTotalModels": 2}
        told = {key: value for key, value in {**made, **linked}.items() if self.happens(0.8)}
        answer = self.absurd({**told, "id": arxiv_id})
        status = self.one_of([200] * 6 + [404])
        exchange = self.exchange(
            "hub_paper", (arxiv_id,), json.dumps(answer).encode(), f"{NOWHERE}/api/papers/{arxiv_id}"
        )
        return replace(exchange, status=status)

    def records(self) -> Exchange:
        """Records of papers at DataCite with absurd fields."""
        asked = self.sample(IDS) or IDS[:1]
        answer = self.absurd({"data": [write_record(self.paper(arxiv_id)) for arxiv_id in asked]})
        return self.exchange("datacite", tuple(asked), json.dumps(answer).encode(), f"{NOWHERE}/dois")

    def sections(self) -> Exchange:
        """A page of sections, of which lines are gone, twice or absurd."""
        day, ids = self.one_of(DAYS), self.sample(IDS)
        lines = "".join(write_section(number, day, each) for number, each in enumerate(ids, 1)).split("\n")
        for _ in range(self.chance.randrange(4)):
            place = self.chance.randrange(len(lines))
            lines[place] = self.one_of(["", self.one_of(TEXTS), f"{lines[place]}\n{lines[place]}"])
        body = f"# Daily Papers - {day}\n\nTotal papers: {len(ids)}\n\n---\n\n" + "\n".join(lines)
        return self.file(WATCH_DOG, day, body.encode("utf-8", "replace"))

    def file(self, document: str, day: date, body: bytes) -> Exchange:
        exchange = self.exchange("archive", (subject_of(document, day),), body, f"{NOWHERE}/{document}/{day}")
        return replace(exchange, headers={"x-blob-sha": blob_sha(body)} if self.happens(0.4) else {})

    def sample(self, choice: list[Any]) -> list[Any]:
        return self.chance.sample(choice, self.chance.randrange(len(choice)))

    def row(self, arxiv_id: str) -> str:
        cells = [
            f"[Tea {arxiv_id}](https://arxiv.org/abs/{arxiv_id})",
            "Ada Kettle, Bo Spoon",
            self.one_of(["Hot.", ""]),
            "['Robotics', 'Steam-to-Text']",
            f"[Link](https://github.com/{self.one_of(NAMES)})",
            self.one_of(["N/A", "[Link](https://huggingface.co/lab/pot-7b)"]),
        ]
        if self.happens(0.4):
            place = self.chance.randrange(len(cells))
            absurd = self.one_of(TEXTS)
            cells[place] = self.one_of([absurd, f"[{absurd}](https://arxiv.org/abs/{arxiv_id})", f"['{absurd}']"])
        return f"| {' | '.join(cells)} |\n"

    def feed(self) -> Exchange:
        """A feed of some papers; lines of their entries are missing, twice, or absurd."""
        asked = tuple(self.chance.sample(IDS, self.chance.randrange(1, 6)))
        entries = "".join(self.entry(arxiv_id) for arxiv_id in asked)
        stamp, name = "2025-03-06T00:00:00Z", '"urn:x"'
        feed = FEED.format(id="", title="", now=stamp, href=name, size=1, total=1, start=0, entries=entries)
        return self.exchange("arxiv", asked, feed.encode("utf-8", "replace"), f"{NOWHERE}/api/query")

    def entry(self, arxiv_id: str) -> str:
        paper = self.paper(arxiv_id)
        lines = write_entry(paper, paper.version).splitlines()
        for _ in range(self.one_of([0, 1, 1, 2])):
            place = self.chance.randrange(1, len(lines) - 1)
            lines[place] = self.line(lines[place])
        return "\n".join(lines)

    def paper(self, arxiv_id: str) -> Paper:
        version = self.chance.randrange(1, 4)
        return Paper(
            arxiv_id=arxiv_id,
            title=f"Tea {arxiv_id} v{version}",
            abstract="Hot.",
            authors=(("Ada Kettle", "Tea House"), ("Cy Saucer",)),
            categories=("cs.AI", "cs.LG"),
            version=version,
            submitted_at="2025-03-01T00:00:00Z",
            updated_at=f"2025-03-0{version}T00:00:00Z",
            comment="12 pages",
            journal_ref="J. Tea 1",
            dois=("10.1/x",),
        )

    def line(self, line: str) -> str:
        text = self.one_of(TEXTS)
        absurd = escape(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text))
        return self.one_of(
            [
                "",
                line + line,
                re.sub(r">[^<]+<", lambda _: f">{absurd}<", line, count=1),
                re.sub(r'(term|href)="[^"]*"', lambda found: f"{found[1]}={quoteattr(absurd)}", line),
                re.sub(r" (term|href)=", " was=", line),
                re.sub(r"v[0-9]+</id>", "</id>", line),
                re.sub(r">[^<]*</", "></", line),
                re.sub(r">[^<]+<", lambda _: f">{text}<" if self.happens(0.2) else "> <", line, count=1),
            ]
        )

    def repository(self, name: str) -> View:
        repository = Repository(
            number=self.one_of([1000 + NAMES.index(name), 1000 + NAMES.index(name), 1000]),
            full_name=self.one_of([name, name, name.upper(), self.one_of(NAMES), "jane_corp/pot"]),
            created_at="2024-01-01T00:00:00Z",
            pushed_at="2025-03-01T00:00:00Z",
            stars_count=self.chance.randrange(100),
            description=self.one_of(["A pot.", None]),
            language="Python",
            license="MIT",
            topics=("pot", "tea"),
        )
        return View(repository, 0, NOWHERE)

    def rest(self) -> Exchange:
        """A repository by REST with absurd fields."""
        name = self.one_of(NAMES)
        answer = self.absurd(describe_for_rest(self.repository(name)))
        status = self.one_of([200] * 8 + [404, 451, 403])
        if status != 200:
            answer = self.absurd({"message": "Not Found", "block": {"reason": "dmca"}})
        exchange = self.exchange("github", (name,), json.dumps(answer).encode(), f"{NOWHERE}/repos/{name}")
        return replace(exchange, status=status)

    def graphql(self) -> Exchange:
        """Repositories by GraphQL with absurd fields, and now and then errors."""
        asked = tuple(self.chance.sample(NAMES, self.chance.randrange(1, 5)))
        nodes = {f"r{place}": self.absurd(self.node(name)) for place, name in enumerate(asked)}
        answer: dict[str, Any] = {"data": nodes}
        if self.happens(0.3):
            path = [self.one_of([*nodes, "r99", 7]), *self.one_of([[], ["watchers"], [None]])]
            kind = self.one_of(["NOT_FOUND", "FORBIDDEN", "RATE_LIMITED", None, 7])
            answer["errors"] = [{"type": kind, "path": path, "message": self.one_of(VALUES)}]
        if self.happens(0.1):
            answer = self.absurd(answer)
        body = json.dumps(answer).encode()
        return replace(self.exchange("github", asked, body, f"{NOWHERE}/graphql"), method="POST")

    def node(self, name: str) -> dict[str, Any]:
        facts = describe_for_graphql(self.repository(name))
        arguments = {"first": 20, "expression": "HEAD:README.md"}
        node = {key: value(arguments) if callable(value) else value for key, value in facts.items()}
        return {**node, "readme": node.pop("object")}

    def absurd(self, tree: Any) -> Any:
        """Return JSON in which up to three places are gone or absurd."""
        spoilt = copy.deepcopy(tree)
        for _ in range(self.one_of([0, 1, 1, 1, 2, 3])):
            places = list(walk(spoilt))
            if places:
                inner, key = self.one_of(places)
                if self.happens(0.25):
                    del inner[key]
                else:
                    inner[key] = self.one_of(VALUES)
        return spoilt


def walk(tree: Any) -> Any:
    """Yield each place in a JSON tree as its container and key."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in list(items):
        yield tree, key
        yield from walk(value)
