"""A page per paper: all that is known of it, and how to cite it."""

import re
import unicodedata
from datetime import datetime
from itertools import accumulate

from pipeline.site import paths
from pipeline.site.addresses import arxiv_url
from pipeline.site.listings import labels_of
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
CONNECTIONS = {
    "listing": "linked by a listing",
    "paper_page": "listed by its page at Hugging Face",
    "card": "its own card names the paper",
}
UNTOLD = "Unknown: no source of it tells."
ADDERS = {"user": "added by a person", "auto": "matched by Hugging Face"}


def files(world: World) -> Files:
    for before, paper, after in neighbours(world.paged):
        yield world.page(
            paths.paper_path(paper["arxiv_id"]),
            "paper.html",
            paper=paper | {"tasks": list(labels_of(paper)) or paper["tasks"]},
            before=before,
            after=after,
            roles=ROLES,
            connections=CONNECTIONS,
            adders=ADDERS,
            upvotes=newest_upvotes(paper),
            summaries=summaries(paper),
            models_word=said_of_models(paper),
            bibtex=bibtex(paper),
        )


def said_of_models(paper: Row) -> str:
    """Return what to say where no model, dataset or space is known by name: none, or unknown if nobody can tell."""
    page: Row = paper["hub_page"] or {}
    counts: list[int | None] = [page.get(name) for name in ("models_count", "datasets_count", "spaces_count")]
    is_told_by_page = None not in counts
    if any(counts):
        return "None is known by name."
    if paper["has_models"] is not None:
        return f"None: its sources link to none{', nor does its page at Hugging Face' if is_told_by_page else ''}."
    return "None by its page at Hugging Face. No source of it tells." if is_told_by_page else UNTOLD


def newest_upvotes(paper: Row) -> tuple[int | None, datetime | None]:
    """Return the upvotes of the newest look, at a list or at the paper's page, and its time; None if none are known."""
    looks: list[tuple[datetime, int]] = []
    if paper["upvotes_observed_at"]:
        looks.append((paper["upvotes_observed_at"], paper["upvotes_count"]))
    page = paper["hub_page"]
    if page and page["upvotes_count"] is not None:
        looks.append((page["observed_at"], page["upvotes_count"]))
    seen_at, count = max(looks, default=(None, None))
    return count, seen_at


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
