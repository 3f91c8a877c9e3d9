"""Stand-in for arXiv's query API as of November 2025: id_list in, an Atom feed out."""

import base64
import hashlib
import re
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape, quoteattr

from pipeline.standin.facts import Facts, Paper
from pipeline.standin.invention import stamp
from pipeline.standin.wire import Request, Response, text_response

PATH = "/api/query"
LONGEST_URL = 8_190
LOOKS_LIKE_AN_ID = re.compile(r"\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7}")  # the service too only searches for this
ID = re.compile(rf"(?P<paper>{LOOKS_LIKE_AN_ID.pattern})(?:v(?P<version>[1-9]\d*))?")
FEED = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" \
xmlns="http://www.w3.org/2005/Atom">
  <id>{id}</id>
  <title>{title}</title>
  <updated>{now}</updated>
  <link href={href} type="application/atom+xml"/>
  <opensearch:itemsPerPage>{size}</opensearch:itemsPerPage>
  <opensearch:totalResults>{total}</opensearch:totalResults>
  <opensearch:startIndex>{start}</opensearch:startIndex>
{entries}</feed>
"""


class Arxiv:
    """A request sooner than `interval_seconds` after the last response gets 429.

    rewritten: by arXiv id what becomes of the text of its entry, so that tests can send what the service never should.
    """

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.interval_seconds = 0.0
        self.rewritten: dict[str, Callable[[str], str]] = {}
        self._answered_at = float("-inf")

    def answer(self, request: Request) -> Response:
        is_early = time.monotonic() - self._answered_at < self.interval_seconds
        answer = text_response(429, "Rate exceeded.") if is_early else self._answer_query(request)
        self._answered_at = time.monotonic()
        return answer

    def _answer_query(self, request: Request) -> Response:
        for header, status in (("user-agent", 403), ("accept", 406)):
            if not request.headers.get(header):
                return Response(status)
        if len(request.path) > LONGEST_URL:
            return text_response(414, "URI Too Long")
        query = parse_qs(urlsplit(request.path).query, keep_blank_values=True)
        asked = query.get("id_list", [""])[0].split(",")
        size, start = query.get("max_results", ["10"])[0], query.get("start", ["0"])[0]
        wrong = [f"incorrect id format for {text}" for text in asked if not LOOKS_LIKE_AN_ID.search(text)]
        if not (size.isdecimal() and start.isdecimal()):
            wrong.append("max_results and start must be whole numbers")
        if wrong:
            return refuse(wrong[0], request.at)
        if int(size) == 0:  # the service divides by it
            return text_response(500, "Internal Server Error")
        return self._answer_ids(asked, int(start), int(size), request.at)

    def _answer_ids(self, asked: Sequence[str], start: int, size: int, now: datetime) -> Response:
        found = list({hit for text in asked if (hit := self._find(text))})
        found.sort(
            key=lambda hit: hashlib.sha256(f"{hit[0].arxiv_id} {hit[1]}".encode()).digest()
        )  # stands for order by relevance
        entries = "".join(self._write_entry(paper, version) for paper, version in found[start : start + size])
        parameters = f"search_query=&id_list={','.join(asked)}&start={start}&max_results={size}"
        digest = base64.b64encode(hashlib.sha1(parameters.encode()).digest()).decode().rstrip("=")
        feed = FEED.format(
            id=f"https://arxiv.org/api/{digest}",
            title=escape(f"arXiv Query: {parameters}"),
            now=stamp(now),
            href=quoteattr(f"https://arxiv.org/api/query?{parameters}"),
            size=size,
            total=len(found),
            start=start,
            entries=entries,
        )
        return text_response(200, feed, "application/atom+xml; charset=utf-8")

    def _write_entry(self, paper: Paper, version: int) -> str:
        written = write_entry(paper, version)
        return self.rewritten[paper.arxiv_id](written) if paper.arxiv_id in self.rewritten else written

    def _find(self, text: str) -> tuple[Paper, int] | None:
        """Return the paper and version of an id; `arXiv:2501.12345` looks like one and finds nothing."""
        match = ID.fullmatch(text)
        paper = self.facts.paper(match["paper"]) if match else None
        if match is None or paper is None:
            return None
        version = int(match["version"] or paper.version)
        return (paper, version) if version <= paper.version else None


def write_entry(paper: Paper, version: int) -> str:
    """Return one Atom entry; a withdrawn paper differs only by its comment."""
    number = f"{paper.arxiv_id}v{version}"
    updated = paper.submitted_at if version == 1 else paper.updated_at
    lines = [
        f"<id>http://arxiv.org/abs/{number}</id>",
        f"<title>{escape(paper.title)}</title>",
        f"<updated>{updated}</updated>",
        f'<link href="https://arxiv.org/abs/{number}" rel="alternate" type="text/html"/>',
        f'<link href="https://arxiv.org/pdf/{number}" rel="related" type="application/pdf" title="pdf"/>',
        *(f'<link href={quoteattr(f"https://doi.org/{doi}")} rel="related" title="doi"/>' for doi in paper.dois),
        f"<summary>{escape(paper.abstract)}</summary>",
        *(f'<category term={quoteattr(term)} scheme="http://arxiv.org/schemas/atom"/>' for term in paper.categories),
        f"<published>{paper.submitted_at}</published>",
        *([f"<arxiv:comment>{escape(paper.comment)}</arxiv:comment>"] if paper.comment else []),
        f"<arxiv:primary_category term={quoteattr(paper.categories[0])}/>",
        *([f"<arxiv:journal_ref>{escape(paper.journal_ref)}</arxiv:journal_ref>"] if paper.journal_ref else []),
        *(f"<arxiv:doi>{escape(doi)}</arxiv:doi>" for doi in paper.dois),
        *(write_author(name, affiliations) for name, *affiliations in paper.authors),
    ]
    return "  <entry>\n" + "".join(f"    {line}\n" for line in lines) + "  </entry>\n"


def write_author(name: str, affiliations: Iterable[str]) -> str:
    places = "".join(f"<arxiv:affiliation>{escape(place)}</arxiv:affiliation>" for place in affiliations)
    return f"<author><name>{escape(name)}</name>{places}</author>"


def refuse(reason: str, now: datetime) -> Response:
    """Return 400 with a feed whose only entry is an error, as one malformed id causes for a whole batch."""
    address = f"https://arxiv.org/api/errors#{reason.replace(' ', '_')}"
    entry = (
        f"  <entry>\n    <id>{escape(address)}</id>\n    <title>Error</title>\n    <updated>{stamp(now)}</updated>\n"
        f'    <link href={quoteattr(address)} rel="alternate" type="text/html"/>\n'
        f"    <summary>{escape(reason)}</summary>\n    <author><name>arXiv api core</name></author>\n  </entry>\n"
    )
    home = "https://arxiv.org/"
    title = "arXiv Search Results"
    feed = FEED.format(
        id=home, title=title, now=stamp(now), href=quoteattr(home), size=1, total=1, start=0, entries=entry
    )
    return text_response(400, feed, "application/atom+xml; charset=utf-8")


def empty_feed(now: datetime) -> Response:
    """Return a feed without entries, as the service sometimes does for ids it knows."""
    home = "https://arxiv.org/api/"
    feed = FEED.format(
        id=home, title="arXiv Query: ", now=stamp(now), href=quoteattr(home), size=0, total=0, start=0, entries=""
    )
    return text_response(200, feed, "application/atom+xml; charset=utf-8")
