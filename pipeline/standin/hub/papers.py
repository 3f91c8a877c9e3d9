"""Stand-in for Hugging Face's page of a paper, as JSON: invented from the arXiv id, and as strict as it is."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from pipeline.standin.facts import Facts
from pipeline.standin.invention import draw
from pipeline.standin.wire import Request, Response, json_response

PATH = re.compile(r"/api/papers/(?P<arxiv_id>[^/]+)")
Entry = dict[str, Any]


@dataclass
class HubPapers:
    """`put` goes before what is invented: by arXiv id, a paper or None for none."""

    facts: Facts
    put: dict[str, Entry | None] = field(default_factory=dict[str, Entry | None])

    @staticmethod
    def knows(path: str) -> bool:
        return PATH.fullmatch(path) is not None and path != "/api/papers/search"

    def answer(self, request: Request) -> Response:
        """Check the question, then describe the paper."""
        parts = urlsplit(request.path)
        found = PATH.fullmatch(parts.path)
        assert found is not None
        if request.method not in ("GET", "HEAD"):
            return json_response(405, {"error": "Method not allowed"})
        if parts.query:
            return json_response(400, {"error": "Invalid query: no parameter is known"})
        entry = self.find(found["arxiv_id"])
        return json_response(404, {"error": "Paper not found"}) if entry is None else json_response(200, entry)

    def find(self, arxiv_id: str) -> Entry | None:
        """Return a paper's description; None for one that nobody has added."""
        if arxiv_id in self.put:
            return self.put[arxiv_id]
        paper = self.facts.paper(arxiv_id)
        return None if paper is None else invent_page(arxiv_id, paper.title)


def invent_page(arxiv_id: str, title: str) -> Entry | None:
    """Return the page of a paper; None for one in eight."""
    if draw(f"{arxiv_id} page", 8) == 0:
        return None
    links = {kind: invent_links(arxiv_id, kind) for kind in ("Models", "Datasets", "Spaces")}
    entry: Entry = {"id": arxiv_id, "title": title, "upvotes": draw(f"{arxiv_id} page upvotes", 90)}
    entry |= {f"linked{kind}": found for kind, found in links.items()}
    entry |= {f"numTotal{kind}": len(found) for kind, found in links.items()}
    if draw(f"{arxiv_id} page code", 2):
        added_by = ("user", "auto")[draw(f"{arxiv_id} page adder", 2)]
        code = f"https://github.com/standin-lab/paper-{arxiv_id.replace('.', '-')}"
        entry |= {"githubRepo": code, "githubRepoAddedBy": added_by, "githubStars": draw(f"{arxiv_id} page stars", 999)}
    if draw(f"{arxiv_id} page organisation", 3):
        entry["organization"] = {"_id": f"{draw(arxiv_id, 2**62):024x}", "name": "standin-lab", "fullname": "Lab"}
    return entry


def invent_links(arxiv_id: str, kind: str) -> list[Entry]:
    """Return none to two resources of a kind."""
    numbers = range(draw(f"{arxiv_id} page {kind}", 3))
    return [{"id": f"standin-lab/{kind.lower()}-{arxiv_id}-{number}", "likes": number} for number in numbers]
