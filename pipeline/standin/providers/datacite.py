"""Stand-in for DataCite's REST API: the DOIs of arXiv's papers, by a list of ids, by a query, or one by one."""

import hashlib
import re
from collections.abc import Sequence
from urllib.parse import parse_qs, unquote, urlsplit

from pipeline.standin.facts import Facts, Paper
from pipeline.standin.wire import Request, Response, json_response, text_response

PATH = "/dois"
PREFIX = "10.48550/arxiv."
LONGEST_URL = 8_190  # an assumption: nobody has reported a limit
DEFAULT_SIZE, MOST_SIZE = 25, 1_000
QUERY = re.compile(r'doi:\((?P<dois>"[^"]+"(?: OR "[^"]+")*)\)')
NAMES = {"cs.AI": "Artificial Intelligence", "cs.CL": "Computation and Language", "cs.LG": "Machine Learning"}
LICENCES = (
    {"rightsIdentifier": "cc-by-4.0", "rightsUri": "https://creativecommons.org/licenses/by/4.0/legalcode"},
    {"rightsUri": "http://arxiv.org/licenses/nonexclusive-distrib/1.0/"},
)


class DataCite:
    """Papers in `late` are not deposited yet. knows_ids: whether a list of ids finds anything."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.late: set[str] = set()
        self.knows_ids = True
        self.withdrawn: set[str] = set()

    @staticmethod
    def knows(path: str) -> bool:
        return path == PATH or path.startswith(f"{PATH}/")

    def answer(self, request: Request) -> Response:
        if not request.headers.get("user-agent"):
            return Response(403)
        if "application/vnd.api+json" not in request.headers.get("accept", ""):
            return refuse(406, "Not Acceptable")
        if len(request.path) > LONGEST_URL:
            return text_response(414, "URI Too Long")
        parts = urlsplit(request.path)
        if parts.path != PATH:
            return self._answer_one(unquote(parts.path.removeprefix(f"{PATH}/")))
        return self._answer_many(request.path, parse_qs(parts.query))

    def _answer_one(self, doi: str) -> Response:
        record = self._find(doi)
        if record is None:
            return refuse(404, "The resource you are looking for doesn't exist.")
        return json_response(200, {"data": record})

    def _answer_many(self, address: str, query: dict[str, list[str]]) -> Response:
        size = query.get("page[size]", [str(DEFAULT_SIZE)])[0]
        if not size.isdecimal() or query.get("disable-facets") != ["true"]:
            return refuse(400, "the stand-in wants a size, and no facets")
        dois = self._read_dois(query)
        if dois is None:
            return refuse(400, "the query cannot be parsed")
        found = {record["id"]: record for doi in dois if (record := self._find(doi))}
        records = sorted(found.values(), key=lambda record: hashlib.sha256(str(record["id"]).encode()).digest())
        size = min(int(size), MOST_SIZE)
        pages = -(-len(records) // size) if size else 0
        meta = {"total": len(records), "totalPages": pages, "page": 1}
        return json_response(200, {"data": records[:size], "meta": meta, "links": {"self": address}})

    def _read_dois(self, query: dict[str, list[str]]) -> Sequence[str] | None:
        """Return the DOIs that a request names; None for a query that Lucene would not parse so."""
        if "ids" in query:
            return query["ids"][0].split(",") if self.knows_ids else ()
        match = QUERY.fullmatch(query.get("query", [""])[0])
        if match is None or re.search(r"(?<!\\)/", match["dois"]):
            return None
        return [text.strip('"').replace("\\", "") for text in match["dois"].split(" OR ")]

    def _find(self, doi: str) -> dict[str, object] | None:
        """Return the record of a DOI in any case."""
        lower = doi.lower()
        arxiv_id = lower.removeprefix(PREFIX)
        paper = self.facts.paper(arxiv_id) if lower.startswith(PREFIX) and arxiv_id not in self.late else None
        return None if paper is None else write_record(paper, is_withdrawn=arxiv_id in self.withdrawn)


def write_record(paper: Paper, *, is_withdrawn: bool = False) -> dict[str, object]:
    """Return the record of a paper, with its names in lower case and its white space as DataCite has it."""
    doi = f"{PREFIX}{paper.arxiv_id}"
    number = {"identifier": paper.arxiv_id, "identifierType": "arXiv"}
    others = [text for text in (paper.comment, paper.journal_ref) if text]
    attributes = {
        "doi": doi,
        "identifiers": [number],
        "creators": [write_creator(name) for name, *_ in paper.authors],
        "titles": [{"title": paper.title}],
        "publisher": "arXiv",
        "subjects": [
            *({"subject": f"{NAMES.get(code, code)} ({code})", "subjectScheme": "arXiv"} for code in paper.categories),
            {"subject": "FOS: Computer and information sciences", "subjectScheme": "Fields of Science and Technology"},
        ],
        "dates": write_dates(paper, is_withdrawn=is_withdrawn),
        "relatedIdentifiers": [],
        "version": str(paper.version),
        "rightsList": [LICENCES[sum(paper.arxiv_id.encode()) % len(LICENCES)]],
        "descriptions": [
            {"description": f"  {paper.abstract}\n", "descriptionType": "Abstract"},
            *({"description": text, "descriptionType": "Other"} for text in others),
        ],
        "state": "findable",
        "citationCount": 0,
    }
    return {"id": doi, "type": "dois", "attributes": attributes}


def write_creator(name: str) -> dict[str, object]:
    """Return a person as DataCite has it: the family name is the last word."""
    given, _, family = name.rpartition(" ")
    parts = {"givenName": given} if given else {}
    whole = f"{family}, {given}" if given else family
    return {"name": whole, "nameType": "Personal", **parts, "familyName": family, "affiliation": []}


def write_dates(paper: Paper, *, is_withdrawn: bool) -> list[dict[str, str]]:
    """Return when each version was submitted; of those between the first and the last the time is made up."""
    times = [paper.submitted_at, *([paper.updated_at] * (paper.version - 1))]
    dates = [
        {"date": time, "dateType": kind, "dateInformation": f"v{version}"}
        for version, time in enumerate(times, start=1)
        for kind in ("Submitted", "Updated")
    ]
    dates.append({"date": paper.submitted_at[:7], "dateType": "Available", "dateInformation": "v1"})
    gone = {"date": paper.updated_at, "dateType": "Withdrawn", "dateInformation": f"v{paper.version}"}
    return [*dates, {"date": paper.submitted_at[:4], "dateType": "Issued"}, *([gone] if is_withdrawn else [])]


def refuse(status: int, title: str) -> Response:
    return json_response(status, {"errors": [{"status": str(status), "title": title}]})
