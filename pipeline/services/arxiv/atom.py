"""Parse arXiv's Atom feeds into papers. Pure: no HTTP, no frames.

A feed is read where it is asked for, without a deadline: each step takes time that grows no faster than its size.

Fields as in https://info.arxiv.org/help/api/user-manual.html, for the service before and since November 2025.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from pipeline.services.arxiv.ids import canonical_id, split_version
from pipeline.services.moment import read_moment
from pipeline.services.spelling import normalise

ATOM = "{http://www.w3.org/2005/Atom}"
ARXIV = "{http://arxiv.org/schemas/atom}"
CATEGORY = re.compile(r"[a-z-]+(\.[A-Za-z-]+)?")  # arXiv's own; old feeds also list MSC and ACM classes
# No attribute holds a `<`, so that a match never runs past the next one.
HEAD = re.compile(rb"<(?P<prefix>[A-Za-z_][\w.-]*:)?feed(?:\s[^<>]*)?>")
LONGEST_HEAD = 64 * 1024  # bytes from the start of a feed
MOST_PIECES = 1000  # of a feed that is read entry by entry; far more than are asked for at once
LONGEST_NAMESPACE = 200  # characters; it becomes part of the name of each element
ENTRY = re.compile(rb"<entry[\s>]")
ENTRY_ID = re.compile(rb"<id>([^<]{1,200})</id>")
WITHDRAWN = re.compile(
    r"\s*(this (paper|article|submission|manuscript) (has been|is) withdrawn|withdrawn)", re.IGNORECASE
)


class FeedError(Exception):
    """Not an Atom feed; the message says why."""


@dataclass(frozen=True)
class Feed:
    """The content of a feed, by canonical id."""

    papers: dict[str, dict[str, Any]]  # columns of PAPERS but observed_at
    broken: frozenset[str]  # ids whose entry is not XML, or has no title or dates, or invalid ones
    lost: int  # entries that are not XML, or whose id cannot be read, so that nobody knows whose they are
    complaint: str | None  # the summary of an error entry; null: there is none

    @property
    def is_malformed_id(self) -> bool:
        """Whether arXiv refused the whole batch for the form of an id."""
        return self.complaint is not None and "incorrect id format" in self.complaint.lower()


def parse_feed(body: bytes) -> Feed:
    """Return the entries of a feed; those without an id that can be read are only counted. Raises FeedError.

    Of two entries with the same id the newer version counts.
    """
    entries, scraps = read_entries(body)
    papers: dict[str, dict[str, Any]] = {}
    owners = [id_of_scrap(scrap) for scrap in scraps]
    broken = {arxiv_id for arxiv_id in owners if arxiv_id is not None}
    complaint: str | None = None
    for entry in entries:
        address = text_of(entry, ATOM, "id") or ""
        if "/api/errors" in address:
            complaint = text_of(entry, ATOM, "summary") or "no reason given"
            continue
        arxiv_id, version = split_version(address)
        if arxiv_id is None:
            # Entries without an address stand for ids that arXiv does not know; an address that nobody can read may be
            # that of any paper.
            owners += [None] if re.search("/abs/[^/]", address) else []
            continue
        try:
            paper = {"arxiv_id": arxiv_id, "version": version, **parse_entry(entry)}
        except (ValueError, OverflowError):
            broken.add(arxiv_id)
        else:
            papers[arxiv_id] = max(papers.get(arxiv_id, paper), paper, key=lambda found: found["version"] or 0)
    return Feed(papers, frozenset(broken - papers.keys()), owners.count(None), complaint)


def read_entries(body: bytes) -> tuple[list[Element], list[bytes]]:
    """Return the entries of a feed, and as bytes those that are not XML. Raises FeedError.

    One character that XML cannot hold makes the feed as a whole unreadable; the entries beside it are read one by one.
    """
    try:
        return parse_entries(body), []
    except FeedError:
        head, pieces = split_entries(body)
        if not pieces:
            raise
    entries: list[Element] = []
    scraps: list[bytes] = []
    for piece in pieces:
        try:
            entries += parse_entries(head + piece + b"</feed>")
        except FeedError:
            scraps.append(piece)
    if len(pieces) > 1 and not entries:
        raise FeedError("none of the entries is XML")
    return entries, scraps


def split_entries(body: bytes) -> tuple[bytes, list[bytes]]:
    """Return the opening tag of a whole feed, and the bytes of each entry.

    There are none if the feed is cut short, or is written in a way in which `<entry` need not begin an entry: with a
    DTD, with CDATA or comments, with a prefix. arXiv writes none of these.
    """
    whole = body.rstrip()
    head = find_head(whole) if whole.endswith(b"</feed>") and b"<!" not in whole else None
    if head is None or head["prefix"]:
        return b"", []
    starts = [match.start() for match in islice(ENTRY.finditer(whole, head.end()), MOST_PIECES + 1)]
    if len(starts) > MOST_PIECES:
        return b"", []
    return head[0], [whole[start:end] for start, end in pairwise([*starts, len(whole) - len(b"</feed>")])]


def find_head(body: bytes) -> re.Match[bytes] | None:
    """Return the opening tag of a feed, which stands at its start, whether or not the rest is XML."""
    return HEAD.search(body, 0, LONGEST_HEAD)


def id_of_scrap(scrap: bytes) -> str | None:
    """Return the id of an entry that is not XML; None if it does not tell."""
    told = ENTRY_ID.search(scrap)
    return canonical_id(told[1].decode("utf-8", "replace")) if told else None


class Builder(ElementTree.TreeBuilder):
    """Builds the elements of a feed; the parser writes out the namespace of each of them."""

    def start_ns(self, prefix: str, uri: str) -> None:
        if len(uri) > LONGEST_NAMESPACE:
            raise FeedError("the response has a namespace that nobody would write")


def parse_entries(body: bytes) -> list[Element]:
    """Return the entry elements of a feed. Raises FeedError.

    A document type is refused before parsing: feeds have none, and without one there are no entities to expand or
    load. UTF-16 could hide one and is refused too: it always has a NUL, or a byte order mark that is not UTF-8.
    """
    parser = ElementTree.XMLParser(target=Builder())  # noqa: S314 - no entities can be left in the text
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FeedError("the response is not UTF-8") from error
    if "<!DOCTYPE" in text or "\0" in text:
        raise FeedError("the response declares a document type, or is not text")
    try:
        feed = ElementTree.fromstring(text, parser)  # noqa: S314
    except ElementTree.ParseError as error:
        raise FeedError("the response is not XML") from error
    if feed.tag != f"{ATOM}feed":
        raise FeedError("the response is XML, but not an Atom feed")
    return feed.findall(f"{ATOM}entry")


def parse_entry(entry: Element) -> dict[str, Any]:
    """Return the columns of a paper. Raises ValueError or OverflowError if title or dates are missing or invalid."""
    title = text_of(entry, ATOM, "title")
    if title is None:
        raise ValueError("an entry without a title")
    comment = text_of(entry, ARXIV, "comment")
    dois = list(dict.fromkeys(doi for text in texts_of(entry, ARXIV, "doi") for doi in text.split()))
    summary = entry.find(f"{ATOM}summary")
    abstract = "" if summary is None else "".join(summary.itertext()).strip()
    return {
        "title": title,
        "abstract": abstract or None,
        "primary_category": next(categories_of(entry, f"{ARXIV}primary_category"), None),
        "submitted_at": read_moment(text_of(entry, ATOM, "published") or ""),
        "updated_at": read_moment(text_of(entry, ATOM, "updated") or ""),
        "doi": dois[0] if dois else None,
        "dois": dois,
        "journal_ref": text_of(entry, ARXIV, "journal_ref"),
        "comment": comment,
        "is_withdrawn": WITHDRAWN.match(comment or "") is not None,
        "authors": list(authors_of(entry)),
        "categories": list(dict.fromkeys(categories_of(entry, f"{ATOM}category"))),
    }


def authors_of(entry: Element) -> Iterator[dict[str, Any]]:
    """Yield name and affiliations of each author with a name, in the order of the feed."""
    for author in entry.findall(f"{ATOM}author"):
        name = normalise(text_of(author, ATOM, "name") or "").strip()
        if name:
            yield {"name": name, "affiliations": list(texts_of(author, ARXIV, "affiliation"))}


def categories_of(entry: Element, tag: str) -> Iterator[str]:
    """Yield the terms of `tag` elements that look like an arXiv category, in the order of the feed."""
    for element in entry.findall(tag):
        term = element.get("term", "")
        if CATEGORY.fullmatch(term):
            yield term


def texts_of(parent: Element, namespace: str, name: str) -> Iterator[str]:
    """Yield the texts of the children of that name, white space collapsed; empty ones are skipped."""
    for child in parent.findall(namespace + name):
        text = " ".join("".join(child.itertext()).split())
        if text:  # false only if empty: a title may be "0"
            yield text


def text_of(parent: Element, namespace: str, name: str) -> str | None:
    """Return the first of texts_of, or None."""
    return next(texts_of(parent, namespace, name), None)
