"""A day of Hugging Face's Daily Papers: JSON answers in, a canonical text and frames out. Pure.

`GET /api/daily_papers?date=…` answers a list whose entries have a `paper`; its order is that of the upvotes, and moves.
A day is told from another look at it by its identity: a line a paper, in the order of their arXiv ids, with what a
correction would correct. Order, upvotes, comments, stars, faces and what a model wrote later are not in it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from pipeline.core.errors import PageError
from pipeline.services.arxiv.ids import canonical_id
from pipeline.sources.feeds.entries import (
    is_text,
    items_of,
    load_entries,
    mapping,
    read_addresses,
    read_count,
    read_day_of,
    read_entries,
    read_line,
    read_text,
    read_texts,
    show_entry,
    show_key,
    write_json,
)
from pipeline.sources.feeds.extras import organization_of, read_extra
from pipeline.sources.feeds.frames import Row, shape_rows, write_extra
from pipeline.sources.layouts.names import merge_encodings, read_authors
from pipeline.sources.layouts.titles import judge_titles
from pipeline.sources.markup.texts import excerpt
from pipeline.sources.reading import SIGHTINGS, Look, Page

COLUMNS = ("title", "authors", "summary", "github")  # of EXPECTED, those that an entry can fill
LINK_KEYS = {"githubRepo": "github", "projectPage": "project_page"}
KNOWN = re.compile(  # keys, those of a paper as `paper.key`
    "paper|title|publishedAt|summary|thumbnail|numComments|submittedBy|isAuthorParticipating|mediaUrls?|organization"
    "|submitterOrganization"
    r"|paper\.(?:id|title|summary|authors|publishedAt|submittedOnDaily(?:At|By)|upvotes|discussionId|githubRepo(?:AddedBy)?"
    "|githubStars|projectPage|organization|ai_summary(?:_model)?|ai_keywords|mediaUrls|withdrawnAt)"
)


@dataclass(frozen=True)
class Entry:
    """What an entry says of a paper; or `reason`, why it is no listing."""

    seen: int  # its place as shown, from 1
    raw: object
    reason: str | None = None
    arxiv_id: str | None = None
    title: str = ""
    summary: str | None = None
    authors: list[str] = field(default_factory=list[str])
    paper: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def order(self) -> tuple[str, bool, str]:
        """Return what entries are put in order by: arXiv numbers papers as they come; rejected ones stand behind."""
        arxiv_id = self.arxiv_id or ""
        return (self.reason or "", "/" not in arxiv_id, arxiv_id)

    @property
    def weight(self) -> tuple[bool, int, str]:
        """Return what decides between two entries of a paper, whose order moves: the one that says more is greater."""
        said = write_json(self.identity)
        return self.reason is None, len(said), said

    @property
    def identity(self) -> dict[str, object]:
        """Return what makes it another entry if it changes."""
        if self.reason:
            return {"id": self.arxiv_id, "rejected": self.reason}
        return {
            "id": self.arxiv_id,
            "title": self.title,
            "authors": self.authors,
            "abstract": self.summary,
            "githubRepo": identify_link(self.paper.get("githubRepo")),
            "projectPage": identify_link(self.paper.get("projectPage")),
            "organization": organization_of(self.paper),
        }

    def as_row(self, line: int) -> Row:
        if self.reason:
            return Row(line, self.reason, show_entry(self.raw), self.arxiv_id, None)
        links = links_of(self.paper)
        return Row(line, None, None, self.arxiv_id, self.title, self.summary, self.authors, [], links)


class DailyPapers:
    """The format of Hugging Face's answers for a day."""

    def read(self, bodies: Sequence[bytes], *, whole: bool) -> Page:
        """Return the day, with its identity. Raises PageError."""
        return read_day(bodies)

    def parse(self, pages: pl.DataFrame, found: Sequence[list[object]] | None = None) -> Look:
        """Return what days (PAGES) list, and how they showed it."""
        return parse_days(pages, found)


DAILY_PAPERS = DailyPapers()


def read_day(bodies: Sequence[bytes]) -> Page:
    """Unite the answers to one look at a day, its pages in order; what is found are its entries.

    A paper that upvotes have moved from one page to the next is shown twice, and is one entry. Of entries of one paper
    that which says most stays, since their order moves; in a file, where it does not, the first one does. Raises
    PageError if they are no list of papers.
    """
    answers = [read_entries(body) for body in bodies]
    if not answers:
        raise PageError("not a day's list: no answer")
    entries = unite([entries for _, entries in answers])
    if entries and not any(map(paper_id, entries)):
        raise PageError(f"not a day's list: no entry has a paper.id, {excerpt(show_entry(entries[0]))}")
    text = answers[0][0] if len(answers) == 1 else show_entry(entries)
    return Page(text, entries, identify_day(entries), tuple(day for day in map(day_of, entries) if day))


def unite(pages: Sequence[list[object]]) -> list[object]:
    """Return the entries of all pages; of a paper on several of them, those of the page that says most of it."""
    if len(pages) == 1:
        return pages[0]
    shown = [(page, entry) for page, entries in enumerate(pages) for entry in entries]
    home = {paper_id(entry.raw): shown[entry.seen - 1][0] for entry in by_weight(read_each([raw for _, raw in shown]))}
    return [raw for page, raw in shown if paper_id(raw) is None or home[paper_id(raw)] == page]


def day_of(entry: object) -> date | None:
    """Return the day for which a paper was submitted, as answers say since March 2025."""
    return read_day_of(mapping(mapping(entry).get("paper")).get("submittedOnDailyAt"))


def paper_id(entry: object) -> str | None:
    return read_text(mapping(mapping(entry).get("paper")).get("id"))


def identify_day(entries: Sequence[object]) -> str:
    """Return the text that two looks at a day have in common unless its papers, or what they say, have changed."""
    return "".join(f"{write_json(entry.identity)}\n" for entry in judge_entries(entries))


def parse_days(pages: pl.DataFrame, found: Sequence[list[object]] | None = None) -> Look:
    """Read days (PAGES, with Page.text, any number, also none). Raises PageError on a text that read_day did not give.

    `found`: the entries of each page, in order, if read_day has loaded them already. The line of a row is that of the
    day's identity.
    """
    found = [load_entries(text or "[]") for text in pages["text"]] if found is None else found
    days = [judge_entries(entries) for entries in found]
    rows = [[entry.as_row(line) for line, entry in enumerate(day, 1)] for day in days]
    parsed = shape_rows(pages, rows, [unknown_keys(entries) for entries in found], COLUMNS)
    return Look(parsed, shape_sightings(pages, days))


def judge_entries(entries: Sequence[object]) -> list[Entry]:
    """Return the entries of a day in the order of its identity."""
    read = read_each(entries)
    chosen = {entry.arxiv_id: entry for entry in by_weight(read) if entry.reason is None}
    doubles = {entry.seen for entry in read if entry.reason is None and chosen[entry.arxiv_id] is not entry}
    once = (replace(entry, reason="duplicate_paper") if entry.seen in doubles else entry for entry in read)
    return sorted(once, key=lambda entry: entry.order)


def by_weight(entries: Sequence[Entry]) -> list[Entry]:
    """Return entries in the order of their weight; of equals the one shown first stands last."""
    return sorted(reversed(entries), key=lambda entry: entry.weight)


def read_each(entries: Sequence[object]) -> list[Entry]:
    """Read entries, each by itself, in the order shown."""
    titles = list(map(title_of, entries))
    judged = zip(entries, titles, judge_titles(titles), strict=True)
    return [read_entry(seen, raw, title, fault) for seen, (raw, title, fault) in enumerate(judged, 1)]


def title_of(entry: object) -> str:
    """Return the title of an entry; an empty one where it has none."""
    outer = mapping(entry)
    return read_line(mapping(outer.get("paper")).get("title")) or read_line(outer.get("title")) or ""


def read_entry(seen: int, raw: object, title: str, title_fault: str | None) -> Entry:
    """Read an entry; `title_fault` is why its title is none."""
    outer = mapping(raw)
    paper = mapping(outer.get("paper"))
    if not paper or not is_known_layout(outer, paper):
        return Entry(seen, raw, "unknown_layout", canonical_id(read_text(paper.get("id")) or ""))
    arxiv_id = canonical_id(read_text(paper.get("id")) or "")
    if arxiv_id is None:
        return Entry(seen, raw, "no_arxiv_id")
    if title_fault is not None:
        return Entry(seen, raw, title_fault, arxiv_id)
    summary = read_text(paper.get("summary")) or read_text(outer.get("summary"))
    return Entry(seen, raw, None, arxiv_id, title, summary, authors_of(paper), paper)


def is_known_layout(outer: Mapping[str, object], paper: Mapping[str, object]) -> bool:
    """Whether all values are of a type that can be read: another would be lost, and what is unknown be none."""
    texts = all(map(is_text, (outer.get("summary"), paper.get("summary"))))
    links = all(read_texts(paper.get(key)) is not None for key in LINK_KEYS)
    return texts and links and all(map(is_author, items_of(paper.get("authors"))))


def is_author(author: object) -> bool:
    """Whether an author is a name, or an object that has one; who is hidden, it must say plainly."""
    told = mapping(author)
    is_named = "name" in told and is_text(told["name"]) and isinstance(told.get("hidden"), bool | None)
    return is_named or is_text(author)


def authors_of(paper: Mapping[str, object]) -> list[str]:
    """Return the names of the authors in order, without those that are hidden; of a text, as of a table's cell."""
    written = paper.get("authors")
    if isinstance(written, str):
        return read_authors(read_line(written) or "")
    shown = [author for author in items_of(written) if mapping(author).get("hidden") is not True]
    return merge_encodings([name for one in shown if (name := read_line(one) or read_line(mapping(one).get("name")))])


def links_of(paper: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return the links as column and address, the repository first."""
    return [(column, url) for key, column in LINK_KEYS.items() for url in read_addresses(paper.get(key))]


def identify_link(value: object) -> object:
    """Return what makes a link another one: the text, or all of a list."""
    return read_text(value) if is_text(value) else read_addresses(value)


def unknown_keys(entries: Sequence[object]) -> list[str]:
    """Return the keys whose meaning nobody knows, those of a paper as `paper.key`."""
    keys = {key for entry in entries for key in mapping(entry)}
    keys |= {f"paper.{key}" for entry in entries for key in mapping(mapping(entry).get("paper"))}
    return sorted({show_key(key) for key in keys if not KNOWN.fullmatch(key)})


def shape_sightings(pages: pl.DataFrame, days: Sequence[Sequence[Entry]]) -> pl.DataFrame:
    """Return what the listings of days show of what moves, as SIGHTINGS, in the order shown."""
    rows = [
        {
            "page": page,
            "arxiv_id": entry.arxiv_id,
            "position": entry.seen,
            "upvotes_count": read_count(entry.paper.get("upvotes")),
            "comments_count": read_count(mapping(entry.raw).get("numComments")),
            "stars_count": read_count(entry.paper.get("githubStars")),
            "extra": write_extra(read_extra(entry.paper)),
        }
        for page, day in enumerate(days)
        for entry in sorted(day, key=lambda entry: entry.seen)
        if entry.reason is None
    ]
    moving = {name: SIGHTINGS[name] for name in SIGHTINGS if name not in ("source_id", "listing_date")}
    frame = pl.DataFrame(rows, schema={"page": pl.UInt32, **moving})
    days_of = pages.with_row_index("page").drop("text")
    joined = frame.join(days_of, on="page", how="left", maintain_order="left")
    return joined.match_to_schema(SIGHTINGS, extra_columns="ignore")
