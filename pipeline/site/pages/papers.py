"""A page per paper: all that is known of it, and how to cite it."""

import re
import unicodedata
from datetime import datetime
from itertools import accumulate

from pipeline.site import paths
from pipeline.site.addresses import arxiv_url
from pipeline.site.options import Files
from pipeline.site.pages.lists import neighbours
from pipeline.site.texts import clean
from pipeline.site.world import Row, World

ROLES = {
    "own": "made for this paper",
    "shared": "of its authors, for several papers or older than it",
    "tool": "made by others",
    "unknown": "nothing says whose it is",
}


def files(world: World) -> Files:
    for before, paper, after in neighbours(world.paged):
        yield world.page(
            paths.paper_path(paper["arxiv_id"]),
            "paper.html",
            paper=paper,
            before=before,
            after=after,
            roles=ROLES,
            summaries=summaries(paper),
            bibtex=bibtex(paper),
        )


def summaries(paper: Row) -> list[Row]:
    """Return each source's first summary; an abstract only as long as arXiv's is not known."""
    found: dict[str, Row] = {}
    for listing in paper["listings"]:
        if listing["summary"] and not (listing["is_abstract"] and paper["abstract"]):
            found.setdefault(listing["source_id"], listing)
    return list(found.values())


def bibtex(paper: Row) -> str:
    """Return an entry of BibTeX, whose texts have their LaTeX as the authors wrote it."""
    submitted: datetime | None = paper["submitted_at"]
    fields = {
        "title": paper["title"],
        "author": " and ".join(paper["authors"] or ()),
        "year": str(submitted.year) if submitted else "",
        "eprint": paper["arxiv_id"],
        "archivePrefix": "arXiv",
        "primaryClass": paper["primary_category"] or "",
        "doi": paper["doi"] or "",
        "url": arxiv_url(paper["arxiv_id"]) or "",
    }
    told = {name: within_braces(text) for name, text in fields.items()}
    lines = [f"  {name} = {{{text}}}" for name, text in told.items() if text]
    return f"@misc{{{cite_key(paper)},\n" + ",\n".join(lines) + "\n}"


def cite_key(paper: Row) -> str:
    author = ((paper["authors"] or [""])[0].split() or [""])[-1]
    plain = unicodedata.normalize("NFKD", author).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]", "", plain).lower() + re.sub(r"[^A-Za-z0-9.]", "-", paper["arxiv_id"])


def within_braces(text: str) -> str:
    """Return a text on one line that cannot end the braces around it, which BibTeX counts also behind a backslash."""
    line = " ".join(clean(text).split())
    depths = list(accumulate((letter == "{") - (letter == "}") for letter in line))
    is_even = not depths or min(depths) == 0 == depths[-1]
    return line if is_even and not line.endswith("\\") else re.sub(r"[{}\\]", "", line)
