"""The search of the site: the warehouse's own index in small files, of which a search loads few.

search/b-<number>.json, r-…   words in order with the papers that have them: of most papers, and of the newest
search/lengths.json           lengths of papers, the first paper of each day, the first word of each of those files, and
                              how large one of the files of texts is, about
search/d-<number>.json        what is shown of 32 papers
search/facets.json            what a search can be narrowed by: loaded if it is
search/x-<number>.json        the texts of 4 papers: loaded for phrases in quotes
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from pipeline.read.latex import readable
from pipeline.read.query import Connection
from pipeline.site.options import File, Files
from pipeline.site.world import Links, Row, World, ask

RECENT = 512  # the newest papers, at most, have files of words of their own: a new day changes no others
LARGEST = 24_000  # bytes of a file of words, unless one word needs more
SHOWN = 32
TEXTS = 4

Rows = list[Row]
Postings = dict[str, list[int]]  # place, weight, distance to the next place, its weight, …


def files(connection: Connection, world: World) -> Files:
    """Yield the index, and the page that asks it. The order of papers is that of their first day."""
    documents = ask(connection, "site", "search_documents")
    index = list(index_files(connection, world, documents))
    digest = hashlib.sha256()
    for path, content in index:
        digest.update(path.encode() + b"\0" + content)
    yield from index
    yield search_page(world, documents, digest.hexdigest()[:10])


def search_page(world: World, documents: Rows, version: str) -> File:
    """Return the page; without JavaScript it says so. Its version changes with the index, as a browser keeps files."""
    days = [document["first_listed_date"] for document in documents]
    return world.page(
        "search.html",
        "search.html",
        version=version,
        labels=sorted(label_names(documents)),
        sources=sorted(source_ids(documents)),
        first=min(days, default=None),
        last=max((listing["day"] for document in documents for listing in document["listings"]), default=None),
    )


def index_files(connection: Connection, world: World, documents: Rows) -> Files:
    words = ask(connection, "site", "search_postings")
    base = len(documents) // RECENT * RECENT
    first_words: dict[str, list[str]] = {}
    for kind, first, end in (("b", 0, base), ("r", base, len(documents))):
        parts = list(parted(postings(words, first, end)))
        first_words[kind] = [next(iter(part)) for part in parts]
        for number, part in enumerate(parts):
            yield f"search/{kind}-{number}.json", to_json(part)
    lengths = [document["term_count"] for document in documents]
    days = [document["first_listed_date"] for document in documents]
    starts = [place for place, day in enumerate(days) if place == 0 or days[place - 1] != day]
    texts: list[list[str]] = [row["texts"] or [] for row in ask(connection, "site", "search_texts")]
    read = list(numbered("x", TEXTS, texts))
    mean = round(sum(len(content) for _, content in read) / len(read), -2) if read else 0
    listed = {"first_words": first_words, "first_places": starts, "lengths": lengths, "text_bytes": mean}
    yield "search/lengths.json", to_json(listed)
    yield from numbered("d", SHOWN, [shown(world, document) for document in documents])
    yield "search/facets.json", to_json(facets(documents))
    yield from read


def to_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def numbered(kind: str, size: int, rows: Sequence[Any]) -> Files:
    for number in range(0, len(rows), size):
        yield f"search/{kind}-{number // size}.json", to_json(rows[number : number + size])


def postings(words: Rows, first: int, end: int) -> Postings:
    """Return the words of the papers from one place to before another, sorted."""
    found: Postings = {}
    for word in words:
        flat: list[int] = []
        before = 0
        for place, weight in zip(word["places"], word["weights"], strict=True):
            if first <= place < end:
                flat += [place - before, weight]
                before = place
        if flat:
            found[word["term"]] = flat
    return found


def parted(words: Postings) -> Iterator[Postings]:
    """Yield the words in order, so many at once that a file is not too large. The order is that of a browser."""
    part: Postings = {}
    size = 0
    for word in sorted(words, key=lambda word: word.encode("utf-16-be")):
        more = len(to_json({word: words[word]}))
        if part and size + more > LARGEST:
            yield part
            part, size = {}, 0
        part[word] = words[word]
        size += more
    if part:
        yield part


def shown(world: World, document: Row) -> list[object]:
    """Return what a hit shows of a paper: its id, first day, title and page."""
    arxiv_id: str = document["arxiv_id"]
    return [arxiv_id, str(document["first_listed_date"]), readable(document["title"]), Links(world, "").paper(arxiv_id)]


def label_names(documents: Rows) -> set[str]:
    return {label for document in documents for listing in document["listings"] for label in listing["labels"]}


def source_ids(documents: Rows) -> set[str]:
    return {listing["source_id"] for document in documents for listing in document["listings"]}


def facets(documents: Rows) -> dict[str, object]:
    """Return by paper each of its listings as [day, source, label …]: days since 1970, and places in the two lists."""
    labels, sources = sorted(label_names(documents)), sorted(source_ids(documents))
    label_places = {name: place for place, name in enumerate(labels)}
    source_places = {name: place for place, name in enumerate(sources)}
    epoch = date(1970, 1, 1).toordinal()
    return {
        "labels": labels,
        "sources": sources,
        "living": "".join("1" if document["has_living_code"] else "0" for document in documents),
        "listings": [
            [
                [
                    listing["day"].toordinal() - epoch,
                    source_places[listing["source_id"]],
                    *(label_places[label] for label in listing["labels"]),
                ]
                for listing in document["listings"]
            ]
            for document in documents
        ],
    }
