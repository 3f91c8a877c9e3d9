"""The JSON of a day of timlrx/daily-ai-papers, of which its markdown page shows a part. Pure.

What both show is read alike: titles, authors and labels go the way of a table's cells. The JSON also has, as
`github_repo`, the repository that the paper's page on arXiv links to. That is another's word for the same link, so it
is a witness and no link of the listing.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from pipeline.core.errors import PageError
from pipeline.services.spelling import normalise
from pipeline.sources.feeds.entries import (
    is_text,
    load_entries,
    mapping,
    read_addresses,
    read_entries,
    read_line,
    read_lines,
    read_text,
    read_texts,
    show_entry,
    show_key,
)
from pipeline.sources.feeds.frames import Row, shape_rows, write_extra
from pipeline.sources.layouts.links.cells import name_links
from pipeline.sources.layouts.links.names import says_nothing
from pipeline.sources.layouts.names import ODD_AUTHORS, read_authors, read_labels, read_listed_authors, split_cells
from pipeline.sources.layouts.papers import find_ids
from pipeline.sources.layouts.titles import clean_titles, judge_titles
from pipeline.sources.markup.bodies import single
from pipeline.sources.markup.texts import excerpt
from pipeline.sources.reading import EXPECTED, WITNESSES, Look, Page

KNOWN = frozenset(
    {"title", "authors", "link", "github_repo", "summary", "classification", "github_urls", "huggingface_urls", "date"}
)
CELLS = pl.Schema({"title": pl.String, "link": pl.String, "authors": pl.String})
COLUMNS = {  # of EXPECTED, and the key that fills each
    "title": "title",
    "authors": "authors",
    "summary": "summary",
    "tasks": "classification",
    "github": "github_urls",
    "hugging_face": "huggingface_urls",
}
LINK_COLUMNS = {COLUMNS[name]: name for name in ("github", "hugging_face")}
LISTS = ("authors", "classification", *LINK_COLUMNS)  # a text each, or a list of texts
TEXTS = ("summary", "github_repo")


class Cells(NamedTuple):
    """What an entry says that is read as the cells of a table are."""

    arxiv_id: str | None
    is_disputed: bool  # its link names two papers
    title: str | None
    title_fault: str | None  # why it is none
    authors: list[str]


class DailyResults:
    """The format of a day's results."""

    def read(self, bodies: Sequence[bytes], *, whole: bool) -> Page:
        """Return the day; what is found are its entries. Raises PageError."""
        return read_results(single(bodies))

    def parse(self, pages: pl.DataFrame, found: Sequence[list[object]] | None = None) -> Look:
        """Return what days (PAGES) list, and which repositories arXiv's pages of them name."""
        return parse_results(pages, found)


DAILY_RESULTS = DailyResults()


def read_results(body: bytes) -> Page:
    """Load the results of a day; `[]` is a day without any. Raises PageError if they are no list of papers."""
    text, entries = read_entries(body)
    if entries and not any("link" in mapping(entry) for entry in entries):
        raise PageError(f"not a day's list: no entry has a link, {excerpt(show_entry(entries[0]))}")
    return Page(text, entries)


def parse_results(pages: pl.DataFrame, found: Sequence[list[object]] | None = None) -> Look:
    """Read days (PAGES, with Page.text, any number). Raises PageError on a text that read_results did not give.

    `found`: the entries of each page, in order, if read_results has loaded them already. The line and position of a row
    are its place among the entries.
    """
    found = [load_entries(text or "[]") for text in pages["text"]] if found is None else found
    cells = read_cells([mapping(entry) for entries in found for entry in entries])
    rows: list[list[Row]] = []
    for entries in found:
        above: set[str] = set()
        rows.append([judge_result(line, entry, next(cells), above) for line, entry in enumerate(entries, 1)])
    parsed = shape_rows(pages, rows, [unknown_keys(entries) for entries in found], EXPECTED)
    dates = pl.Series([stated_date(entries) for entries in found], dtype=pl.String)
    told = parsed.pages.with_columns(
        heading_date=dates.str.to_date("%Y-%m-%d", strict=False),
        missing_columns=pl.Series([missing_columns(entries) for entries in found], dtype=pl.List(pl.String)),
    )
    return Look(parsed._replace(pages=told), witnesses=find_witnesses(pages, rows, found))


def read_cells(entries: Sequence[Mapping[str, object]]) -> Iterator[Cells]:
    """Yield the cells of each entry, read as those of the markdown page, in which the title is the link's text."""
    cells = [[read_line(entry.get(name)) for name in CELLS] for entry in entries]
    frame = pl.DataFrame(cells, schema=CELLS, orient="row").with_columns(pl.col("title").fill_null(""))
    linked = pl.format("[{}]({})", "title", "link")
    frame = find_ids(frame.with_columns(title=pl.when(pl.col("title") != "").then(linked).otherwise(pl.lit(""))))
    authors = split_cells(frame["authors"], ODD_AUTHORS, read_authors).fill_null([])
    frame = clean_titles(frame).with_columns(authors=authors)
    frame = frame.with_columns(title_fault=pl.Series(judge_titles(frame["title"]), dtype=pl.String))
    rows = map(Cells._make, frame.select("arxiv_id", "disputed", "title", "title_fault", "authors").iter_rows())
    for entry, row in zip(entries, rows, strict=True):
        is_listed = isinstance(entry.get("authors"), list)
        yield row._replace(authors=read_listed_authors(read_lines(entry["authors"]))) if is_listed else row


def judge_result(line: int, raw: object, cells: Cells, above: set[str]) -> Row:
    """Return an entry as a row; `above` are the papers listed before it on the same day, to which it is added."""
    entry = mapping(raw)
    reason = find_fault(entry, cells, above)
    if reason:
        return Row(line, reason, show_entry(raw), cells.arxiv_id, None)
    above.add(cells.arxiv_id or "")
    unknown = ((key, entry[key]) for key in entry if key not in KNOWN)
    extra = write_extra({show_key(key): read_text(value) or show_entry(value) for key, value in unknown})
    return Row(
        line,
        None,
        None,
        cells.arxiv_id,
        cells.title,
        read_text(entry.get("summary")),
        cells.authors,
        labels_of(entry),
        links_of(entry),
        extra,
    )


def find_fault(entry: Mapping[str, object], cells: Cells, above: set[str]) -> str | None:
    """Return why an entry is no listing; null where it is one."""
    faults = {
        "unknown_layout": not entry or not is_known_layout(entry),
        "two_papers": cells.is_disputed,
        "no_arxiv_id": cells.arxiv_id is None,
    }
    first = next((fault for fault, shows in faults.items() if shows), cells.title_fault)
    return first or ("duplicate_paper" if cells.arxiv_id in above else None)


def is_known_layout(entry: Mapping[str, object]) -> bool:
    """Whether all values are of a type that can be read: another would be lost, and what is unknown be none."""
    lists = all(read_texts(entry.get(key)) is not None for key in LISTS)
    return lists and all(is_text(entry.get(key)) for key in TEXTS)


def labels_of(entry: Mapping[str, object]) -> list[str]:
    """Return the labels in order: of a list, or of a text that is read as a table's cell."""
    written = entry.get("classification")
    if isinstance(written, str):
        return list(dict.fromkeys(read_labels(written)))
    labels = [normalise(label) for label in read_texts(written) or [] if not says_nothing(label)]
    return list(dict.fromkeys(labels))


def links_of(entry: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return the links as column and address, those to GitHub first."""
    return [(column, url) for key, column in LINK_COLUMNS.items() for url in read_addresses(entry.get(key))]


def unknown_keys(entries: Sequence[object]) -> list[str]:
    """Return the keys whose meaning nobody knows."""
    return sorted({show_key(key) for entry in entries for key in mapping(entry) if key not in KNOWN})


def missing_columns(entries: Sequence[object]) -> list[str]:
    """Return those of EXPECTED whose key no entry has, so that nobody can tell; a day without entries lacks none.

    As in tables, what some entries have, one without it has not.
    """
    keys = {key for entry in entries for key in mapping(entry)}
    return [name for name in EXPECTED if entries and COLUMNS[name] not in keys]


def stated_date(entries: Sequence[object]) -> str | None:
    """Return the day that all entries state; null where they state none, or several."""
    dates = {read_line(mapping(entry).get("date")) for entry in entries}
    return dates.pop() if len(dates) == 1 else None


def find_witnesses(pages: pl.DataFrame, rows: Sequence[list[Row]], found: Sequence[list[object]]) -> pl.DataFrame:
    """Return the repositories that arXiv's pages of the listed papers link to, as WITNESSES."""
    urls = [
        (page, row.arxiv_id, read_line(mapping(entry).get("github_repo")))
        for page, (of_page, entries) in enumerate(zip(rows, found, strict=True))
        for row, entry in zip(of_page, entries, strict=True)
        if row.reason is None
    ]
    frame = pl.DataFrame(urls, schema={"page": pl.UInt32, "arxiv_id": pl.String, "url": pl.String}, orient="row")
    frame = frame.drop_nulls("url").with_columns(column_name=pl.lit("github"))
    frame = frame.join(name_links(frame), on=["url", "column_name"], how="left", maintain_order="left")
    days = pages.with_row_index("page").drop("text")
    frame = frame.join(days, on="page", how="left", maintain_order="left")
    return frame.match_to_schema(WITNESSES, extra_columns="ignore")
