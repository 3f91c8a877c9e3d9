"""Find the pipe tables of a page and their rows. Pure, and linear in the page's length."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from pipeline.sources.layouts.headers import ESCAPED_PIPE, Layout, read_header
from pipeline.sources.layouts.rows import LINKED, NAMES_PAPER, Row, RowReader
from pipeline.sources.markup.blocks import visible_lines
from pipeline.sources.markup.references import resolve_references

NO_TITLE = re.compile(r"[\W_]*(?:[0-9][0-9.,]*[\W_]*(?:papers?|k|%)?[\W_]*)?|.*\]\(#[^()]*\)\W*", re.IGNORECASE)
DIGIT_OR_PLACE = re.compile(r"[0-9]|\(#")
LONGEST_NO_TITLE = 100  # characters of a number or of a link within the page
LONGEST_CACHED = 1_000  # characters of a header


@dataclass
class Table:
    """A header and the rows below it, in order."""

    line: int  # from 1: the header's
    layout: Layout
    rows: list[Row] = field(default_factory=list[Row])
    ends_open: bool = False  # the page seems to end within it

    @property
    def is_foreign(self) -> bool:
        """Whether it lists no papers: it names none, and has no title column, or only numbers or contents in it."""
        return has_no_papers(self.layout, self.rows)


def has_no_papers(layout: Layout, rows: list[Row]) -> bool:
    """Whether rows below a header list no papers, as Table.is_foreign; a table without rows may be an empty day."""
    title = layout.places.get("title")
    if title is not None and not rows:
        return False
    if any(NAMES_PAPER.search(row.text) for row in rows):
        return False
    if title is None or layout.counts_papers:
        return True
    cells = [first_line_cell(row, title) for row in rows]
    return all(is_no_title(cell) for cell in cells) and any(map(DIGIT_OR_PLACE.search, cells))


def is_no_title(cell: str) -> bool:
    return len(cell) <= LONGEST_NO_TITLE and NO_TITLE.fullmatch(cell) is not None


def first_line_cell(row: Row, place: int) -> str:
    """Return a cell of a row's first line, counted from the left; empty where it has none."""
    cells = row.parts[0].lstrip(" \t").removeprefix("|").split("|", place + 1)
    return cells[place] if place < len(cells) else ""


def find_tables(text: str) -> list[Table]:
    """Return the tables of a page, top to bottom; in them an escaped pipe is ESCAPED_PIPE, and a NUL is U+FFFD."""
    for written, read in (("\r\n", "\n"), ("\r", "\n"), ("\0", "\ufffd"), (r"\|", ESCAPED_PIPE)):
        text = text.replace(written, read) if written[0] in text else text
    lines = visible_lines(text)
    lines = resolve_references(lines) if "]:" in text else lines
    tables: list[Table] = []
    reader: RowReader | None = None
    for i, line in enumerate(lines):
        if line is not None and is_header(line, lines[i + 1] if i + 1 < len(lines) else None):
            finish(tables, reader)
            tables.append(Table(i + 1, read_layout(line)))
            reader = RowReader(tables[-1].layout)
        elif reader and i > tables[-1].line:
            reader.take(i + 1, line)
    finish(tables, reader)
    return tables


def read_layout(header: str) -> Layout:
    """Read a header line, once for all pages unless it is very long."""
    return read_known_header(header) if len(header) <= LONGEST_CACHED else read_header(header)


@lru_cache(maxsize=256)
def read_known_header(header: str) -> Layout:
    return read_header(header)


def finish(tables: list[Table], reader: RowReader | None) -> None:
    """Give the last table its rows. Those after a blank line count only if one of them names a paper."""
    if reader is None:
        return
    reader.flush()
    rows = reader.rows
    if not any(row.detached and NAMES_PAPER.search(row.text) for row in rows):
        rows = [row for row in rows if not row.detached]
    tables[-1].ends_open = reader.ends_open and bool(rows) and rows[-1] is reader.rows[-1]
    tables[-1].rows = rows


def is_header(line: str, below: str | None) -> bool:
    return is_separator(below) and "|" in line and LINKED not in line and not is_separator(line)


def is_separator(line: str | None) -> bool:
    return line is not None and "|" in line and "-" in line and not line.strip("|: \t-")


def is_cut(text: str, tables: list[Table]) -> bool:
    """Whether a page seems to end within a table of papers; text after the end of a row does not count.

    Whether a line without a line break at the very end is complete cannot be known from the page alone.
    """
    last = tables[-1]
    whole = last.rows[:-1] if last.ends_open else last.rows
    if whole and has_no_papers(last.layout, whole):
        return False
    lines = re.split("\r\n?|\n", text)
    if last.rows or len(lines) > last.line + 1:
        return last.ends_open
    return lines[-1].count("|") < lines[-2].count("|")
