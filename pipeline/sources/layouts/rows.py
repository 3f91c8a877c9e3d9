"""Assemble the rows below a header, line by line. Pure, and linear in the lines' length.

A row ends when it is closed by a pipe and has all its cells; until then it continues over lines, blank ones too. What
follows its end before the next row is not a row: prose, a footer, links to other pages. If it is ambiguous what belongs
to a row, the row is marked as unclear, and later rejected.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.services.arxiv.ids import NEW_SHAPE, OLD_NUMBER
from pipeline.sources.layouts.headers import Layout
from pipeline.sources.layouts.links.names import says_nothing
from pipeline.sources.layouts.papers import PAPER_LINK

LINKED = "]("
LINKS_PAPER = re.compile(PAPER_LINK, re.IGNORECASE)
NAMES_PAPER = re.compile(rf"\b{NEW_SHAPE}(?:v[0-9]+)?\b|[a-z]{OLD_NUMBER}\b", re.IGNORECASE)  # or seems to
BRINGS = re.compile(r"[^\[|]*\][ \t\n]*\(")  # the rest of a link's text, and its address
LIKE_LINK = re.compile(r"https?://|github|hugging ?face|\bhf\b|^[\s\[`'\"]*[\w.-]+/[\w.-]+", re.IGNORECASE)


@dataclass(slots=True)
class Row:
    """A row of a table, or a piece of one: a line on which a row may begin, and the lines that continue it."""

    line: int  # from 1
    leads: bool  # it begins with a pipe
    detached: bool = False  # there is a blank line between it and the table's header
    parts: list[str] = field(default_factory=list[str])  # its lines
    gap: int = 0  # blank lines before it
    pipes: int = 0
    closes: bool = False  # it ends with a pipe
    cut: int | None = None  # number of its lines before it continued over a blank line, or past a closing pipe
    tail: list[tuple[int, str]] | None = None  # lines directly after its end
    far: list[str] | None = None  # lines after a blank line after its end
    is_unclear: bool = False  # its end is ambiguous

    @property
    def text(self) -> str:
        return "\n".join(self.parts)

    @property
    def cells(self) -> int:
        return self.pipes - self.closes + (not self.leads)

    def add(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.parts.append(line)
            self.pipes += line.count("|")
        self.closes = ends_with_pipe(self.parts[-1])

    def join(self, piece: "Row") -> None:
        """Continue with a piece."""
        if piece.gap and self.cut is None:
            self.cut = len(self.parts)
        elif piece.cut is not None and self.cut is None:
            self.cut = len(self.parts) + piece.cut
        self.add([""] * piece.gap + piece.parts)
        self.tail, self.far = piece.tail, piece.far

    def before_cut(self) -> "Row":
        """Return the row without its continuation."""
        row = Row(self.line, self.leads, self.detached)
        row.add(self.parts[: self.cut])
        return row


@dataclass(slots=True)
class OpenRow:
    """A row that is not closed yet: the next piece may continue it."""

    row: Row
    cells: int  # of its last piece
    linked: bool  # it has the link to its paper
    opens: bool  # its title starts a link


def ends_with_pipe(line: str) -> bool:
    return line.rstrip(" \t").endswith("|")


class RowReader:
    """Takes the lines below a header one by one, and collects their rows."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.rows: list[Row] = []  # those that have ended
        self._open: OpenRow | None = None
        self._piece: Row | None = None
        self._gap = 0  # blank lines since the last other line
        self._detached = False
        self._above = "|"  # the line above; the header's counts as ending with a pipe
        self.ends_open = False

    def take(self, number: int, line: str | None) -> None:
        """Take a line; null stands for a hidden one, past which no row continues."""
        if line is None:
            self.flush()
            self._gap, self._detached = 1, True
        elif not line or line.isspace():
            self._gap, self._detached = self._gap + 1, True
        else:
            self._take_text(number, line)
            self._gap, self._above = 0, line

    def _take_text(self, number: int, line: str) -> None:
        leads = line.lstrip(" \t").startswith("|")
        if leads or self._lacks_first_pipe(line):
            self._close_piece()
            self._piece = Row(number, leads, self._detached, gap=self._gap)
            self._piece.add([line])
        elif self._piece is None:
            self._add_rest(number, line)
        elif self._is_complete(self._piece):
            self._follow(self._piece, number, line)
        else:
            if self._piece.cut is None and (self._gap or self._piece.closes):
                self._piece.cut = len(self._piece.parts)
            self._piece.add([""] * self._gap + [line])

    def _lacks_first_pipe(self, line: str) -> bool:
        """Whether a line without a leading pipe is a row: it is if the header has none either."""
        if line.count("|") < max(self.layout.width - 1, 1):
            return False
        if self.layout.leads:
            return not self._gap and ends_with_pipe(self._above) and LINKS_PAPER.search(line) is not None
        return not self._gap or NAMES_PAPER.search(line) is not None

    def _is_complete(self, piece: Row) -> bool:
        cells = piece.cells + (self._open.row.cells if self._open else 0)
        return cells >= self.layout.width and (piece.closes or not self.layout.trails)

    def _follow(self, piece: Row, number: int, line: str) -> None:
        """Note a line after the end of a row."""
        if self._gap or piece.far:
            piece.far = piece.far or []
            piece.far += [""] * self._gap + [line]
        else:
            piece.tail = piece.tail or []
            piece.tail.append((number, line))

    def _add_rest(self, number: int, line: str) -> None:
        """Add the rest of a row that has lost its first line, to be rejected; prose does not end with a pipe."""
        if not self._gap and "|" in line and (ends_with_pipe(line) or LINKS_PAPER.search(line)):
            row = Row(number, leads=False, detached=self._detached)
            row.add([line])
            self.rows.append(row)

    def _close_piece(self) -> None:
        """Join the piece to the open row above it, or start a row with it; a closed piece ends its row."""
        piece, self._piece = self._piece, None
        if piece is None:
            return
        if piece.closes and self._open is None:
            self._end_row(piece)
            return
        if self._open and continues(self._open, piece, self.layout) and self._fits_after_gap(self._open.row, piece):
            self._open.row.join(piece)
        else:
            self._close_row()
            self._open = OpenRow(piece, piece.cells, linked=False, opens=False)
        if not piece.closes:
            note_link(self._open, piece)
        else:
            self._close_row()

    def _fits_after_gap(self, row: Row, piece: Row) -> bool:
        """Whether a piece after a blank line completes the row above it; without a blank line, always true."""
        if not piece.gap and row.cut is None:
            return True
        both = Row(row.line, row.leads)
        both.add([*row.parts, *piece.parts])
        return fits(both, self.layout)

    def _close_row(self) -> None:
        if self._open:
            row, self._open = self._open.row, None
            self._end_row(row)

    def _end_row(self, row: Row) -> None:
        if row.closes and row.cells >= self.layout.width and row.cut is None and row.tail is None and row.far is None:
            self.ends_open = False
            self.rows.append(row)
        else:
            self.ends_open = is_open(row, self.layout, on_new_line=self._gap > 0)
            self.rows += delimit(row, self.layout)

    def flush(self) -> None:
        """End the open row. `ends_open` then says whether the last row seems to be cut off."""
        self._close_piece()
        self._close_row()


def continues(above: OpenRow, piece: Row, layout: Layout) -> bool:
    """Whether a piece that could be a row continues the open row above it.

    It does if that row has its link, and the piece has none and fits in before the end of the summary or of the row.
    It also does if it completes the link that the title above has started.
    """
    if LINKS_PAPER.search(piece.text):
        return not above.linked and above.opens and BRINGS.match(piece.text.lstrip(" \t|")) is not None
    width, summary = layout.width, layout.places.get("summary")
    short = above.cells < width or piece.cells < width
    in_summary = summary is not None and short and above.cells <= summary + 1
    return (above.linked or above.opens) and (in_summary or above.cells + piece.cells <= width)


def note_link(row: OpenRow, piece: Row) -> None:
    """Note the cells and the link of the last piece of an open row."""
    text = piece.text
    row.cells = piece.cells
    row.linked = row.linked or LINKS_PAPER.search(text) is not None
    row.opens = row.opens or (LINKED not in text and text.lstrip(" \t|").startswith("["))


def is_open(row: Row, layout: Layout, *, on_new_line: bool) -> bool:
    """Whether the last row of a text is unfinished; a line break ends a short one that has a pipe."""
    if row.cut is not None and not fits(row, layout):
        row = row.before_cut()
        if not row.closes and row.cells >= layout.width and not layout.summary_is_last:
            return False
    if row.cells >= layout.width and not layout.trails:
        return not on_new_line and not row.tail
    return not row.closes or (row.cells < layout.width and not on_new_line)


def delimit(row: Row, layout: Layout) -> list[Row]:
    """Decide where a row ends; return it, and the rests of other rows after it."""
    if row.cut is not None and not fits(row, layout):
        row = row.before_cut()
        row.is_unclear = not row.closes and row.cells >= layout.width and layout.summary_is_last
    elif row.tail or row.far:
        return delimit_tail(row, layout)
    if layout.trails and not row.closes and row.cells >= layout.width:
        row.is_unclear = row.is_unclear or "|" not in row.parts[-1]
    return [row]


def delimit_tail(row: Row, layout: Layout) -> list[Row]:
    """Decide what the lines after a whole row are: its rest, if only so its link cells hold links, or other rests."""
    tail, far = row.tail or [], row.far or []
    rests = [(number, line) for number, line in tail if ends_with_pipe(line) or LINKS_PAPER.search(line)]
    if not layout.trails:
        row.is_unclear = bool(tail)
        if tail:
            row.add(line for _, line in tail)
        return [row]
    if not layout.link_places:
        row.is_unclear = bool(rests)
        if rests:
            row.add(line for number, line in tail if number <= rests[-1][0])
        return [row]
    if looks_right(row, layout):
        return [row, *(rest_of_row(number, line, row) for number, line in rests)]
    longer = Row(row.line, row.leads, row.detached)
    lines = [*(line for _, line in tail), *far]
    closing = [i for i, line in enumerate(lines) if ends_with_pipe(line)]
    longer.add([*row.parts, *lines[: closing[-1] + 1 if closing else 0]])
    return [longer if closing and looks_right(longer, layout) else row]


def rest_of_row(number: int, line: str, above: Row) -> Row:
    row = Row(number, leads=False, detached=above.detached)
    row.add([line])
    return row


def fits(row: Row, layout: Layout) -> bool:
    """Whether a row that continued over a blank line or a pipe has all its cells, and apparently no others."""
    if row.cells < layout.width or not (row.closes or not layout.trails):
        return False
    return looks_right(row, layout) if layout.link_places else row.cells == layout.width


def looks_right(row: Row, layout: Layout) -> bool:
    """Whether the link cells after the summary hold links, or say that there are none."""
    cells = row.text.rstrip(" \t").removesuffix("|").split("|")
    links = (cells[place - layout.width] for place in layout.link_places)
    return all(says_nothing(link) or LIKE_LINK.search(link) for link in links)
