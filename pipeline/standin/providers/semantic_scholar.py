"""Stand-in for Semantic Scholar's batch of papers: ids in, a list in the same order out, null for an unknown id."""

import hashlib
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pipeline.standin.facts import Facts, Paper
from pipeline.standin.wire import Request, Response, json_response

PREFIX = "/graph/v1/"
PATH = f"{PREFIX}paper/batch"
MOST_IDS = 500
FIELDS = {"externalIds", "citationCount", "influentialCitationCount", "authors.authorId", "authors.name", "title"}
ARXIV = re.compile(r"ARXIV:(.+)", re.IGNORECASE)
THROTTLED = (
    "Too Many Requests. Please wait and try again or apply for a key for higher rate limits. "
    "https://www.semanticscholar.org/product/api#api-key-form"
)


class SemanticScholar:
    """Knows most of arXiv's papers, each with a number of citations that follows from its id.

    key: the only one that it accepts; None: it accepts none. entries: by arXiv id what it answers instead of the truth,
    so that tests can send what the service never should.
    """

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.key: str | None = None
        self.entries: dict[str, object] = {}

    @staticmethod
    def knows(path: str) -> bool:
        return path.startswith(PREFIX)

    def answer(self, request: Request) -> Response:
        if "x-api-key" in request.headers and request.headers["x-api-key"] != self.key:
            return json_response(403, {"message": "Forbidden"})
        if urlsplit(request.path).path != PATH:
            return describe_error(404, "Not Found")
        if request.method != "POST":
            return describe_error(405, "Method Not Allowed")
        return self._answer_batch(request)

    def _answer_batch(self, request: Request) -> Response:
        fields = parse_qs(urlsplit(request.path).query).get("fields", [""])[0].split(",")
        if unknown := [name for name in fields if name and name not in FIELDS]:
            return describe_error(400, f"Unrecognized or unsupported fields: [{', '.join(unknown)}]")
        ids = read_ids(request.body)
        if not ids or request.headers.get("content-type") != "application/json":
            return describe_error(400, "Expected request body parameter `ids` to be a non-empty list of paper ids")
        if len(ids) > MOST_IDS:
            return describe_error(400, f"Too many ids: at most {MOST_IDS} are allowed")
        found = [self._find(text, fields) for text in ids]
        if all(entry is None for entry in found):
            return describe_error(400, "No valid paper ids given")
        return json_response(200, found)

    def _find(self, text: str, fields: list[str]) -> object:
        match = ARXIV.fullmatch(text)
        if match is None:
            return None
        if match[1] in self.entries:
            return self.entries[match[1]]
        paper = self.facts.paper(match[1])
        return None if paper is None or is_unknown(paper) else describe_paper(paper, fields)


def read_ids(body: bytes) -> list[str]:
    """Return the ids of a request; none if it has no list of them."""
    try:
        ids: Any = json.loads(body)["ids"]
    except (ValueError, LookupError, TypeError):
        return []
    return [text for text in ids if isinstance(text, str)] if isinstance(ids, list) else []  # pyright: ignore[reportUnknownVariableType]


def describe_paper(paper: Paper, fields: list[str]) -> dict[str, object]:
    """Return the entry of a paper: its own id always, and what was asked for."""
    number = digits_of(paper.arxiv_id)
    entry: dict[str, object] = {
        "paperId": f"{number:040x}",
        "externalIds": {"ArXiv": paper.arxiv_id, "CorpusId": number % 10**9},
        "title": paper.title,
        "citationCount": count_citations(paper.arxiv_id),
        "influentialCitationCount": count_citations(paper.arxiv_id) // 10,
        "authors": [{"authorId": str(digits_of(name) % 10**9), "name": shorten(name)} for name, *_ in paper.authors],
    }
    wanted = {name.partition(".")[0] for name in fields}
    return {name: value for name, value in entry.items() if name == "paperId" or name in wanted}


def count_citations(arxiv_id: str) -> int:
    """Return how often a paper is cited: many seldom, few often."""
    return digits_of(arxiv_id) % 40 * (1 + digits_of(arxiv_id) % 7)


def is_unknown(paper: Paper) -> bool:
    """Whether Semantic Scholar has not met a paper yet: one in eleven."""
    return digits_of(paper.arxiv_id) % 11 == 0


def shorten(name: str) -> str:
    """Return a name with its first one cut to a letter, as the service often has it."""
    first, _, rest = name.partition(" ")
    return f"{first[0]}. {rest}" if rest else name


def digits_of(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def describe_error(status: int, text: str) -> Response:
    """Return an error in the service's form."""
    return json_response(status, {"error": text})


def answer_status(status: int) -> Response:
    """Return a failure as its gateway sends it: a 429 repeats its status as a string."""
    if status == 429:
        return json_response(429, {"message": THROTTLED, "code": "429"})
    return json_response(status, {"message": "Endpoint request timed out" if status >= 500 else "Forbidden"})
