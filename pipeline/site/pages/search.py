"""The search of the site: the warehouse's own index in small files, of which a search loads few.

search/lengths.json            lengths of papers, the first paper of each day, the first word of each file of words, and
                               hashes of the files below: it alone keeps its name, and is asked for anew by each page
search/b-<number>-<hash>.json  words in order with the papers that have them: of most papers; r-… of the newest
search/d-<number>-<hash>.json  what is shown of 32 papers
search/f-0-<hash>.json         what a search can be narrowed by: loaded if it is
search/x-<number>-<hash>.json  the texts of 4 papers: loaded for phrases in quotes
search/t-0-<hash>.json         the hashes of those, and how large one is, about

A file whose name has its hash is never another: a browser that has kept some of an older site finds the right papers,
or misses a file and begins anew.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pipeline.read.latex import readable
from pipeline.read.query import Connection
from pipeline.site.options import File, Files
from pipeline.site.render import asset
from pipeline.site.world import Links, Row, World, ask

RECENT = 512  # the newest papers, at most, have files of words of their own: a new day changes no others
LARGEST = 24_000  # bytes of a file of words, unless one word needs more
SHOWN = 32
TEXTS = 4
DIGITS = 8  # of a hash in a name: it tells apart a few files of one number

Rows = list[Row]
Postings = dict[str, list[int]]  # place, weight, distance to the next place, its weight, …


def files(connection: Connection, world: World) -> Files:
    """Yield the index, and the page that asks it. The order of papers is that of their first day."""
    documents = ask(connection, "site", "search_documents")
    yield from index_files(connection, world, documents)
    yield search_page(world, documents)


def search_page(world: World, documents: Rows) -> File:
    """Return the page; without JavaScript it says so."""
    days = [document["first_listed_date"] for document in documents]
    return world.page(
        "search.html",
        "search.html",
        labels=sorted(label_names(documents)),
        sources=sorted(source_ids(documents)),
        first=min(days, default=None),
        last=max((listing["day"] for document in documents for listing in document["listings"]), default=None),
    )


def index_files(connection: Connection, world: World, documents: Rows) -> Files:
    words = ask(connection, "site", "search_postings")
    base = len(documents) // RECENT * RECENT
    parts = {"b": list(parted(postings(words, 0, base))), "r": list(parted(postings(words, base, len(documents))))}
    texts: list[list[str]] = [row["texts"] or [] for row in ask(connection, "site", "search_texts")]
    hashes, found = named({"x": chunks(TEXTS, texts)})
    mean = round(sum(len(content) for _, content in found) / len(found), -2) if found else 0
    rows = [shown(world, document) for document in documents]
    rest = {"d": chunks(SHOWN, rows), "f": [facets(documents)], "t": [{"hashes": hashes, "bytes": mean}]}
    hashes, others = named({**parts, **rest})
    days = [document["first_listed_date"] for document in documents]
    listed = {
        "script": asset("search.js"),
        "hashes": hashes,
        "first_words": {kind: [next(iter(part)) for part in kept] for kind, kept in parts.items()},
        "first_places": [place for place, day in enumerate(days) if place == 0 or days[place - 1] != day],
        "lengths": [document["term_count"] for document in documents],
    }
    yield "search/lengths.json", to_json(listed)
    yield from others
    yield from found


def to_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def chunks(size: int, rows: Sequence[Any]) -> list[Sequence[Any]]:
    return [rows[number : number + size] for number in range(0, len(rows), size)]


def named(kinds: Mapping[str, Sequence[object]]) -> tuple[dict[str, str], list[File]]:
    """Return by kind the hashes of its files, one after the other, and the files, named by kind, number and hash."""
    hashes: dict[str, str] = {}
    found: list[File] = []
    for kind, values in kinds.items():
        contents = [to_json(value) for value in values]
        digests = [hashlib.sha256(content).hexdigest()[:DIGITS] for content in contents]
        hashes[kind] = "".join(digests)
        names = [f"search/{kind}-{number}-{digest}.json" for number, digest in enumerate(digests)]
        found += zip(names, contents, strict=True)
    return hashes, found


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
