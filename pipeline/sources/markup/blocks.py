"""The visible lines of a page: without comments and fenced code. Pure, and linear in the page's length.

As on GitHub, an unclosed comment or fence hides the rest of the page. A comment that begins after other text must end
before a blank line, and a `<!--` in back-ticks is text.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from pipeline.sources.markup.inline import ends_of_code

HIDING = (("<", "<!--"), ("`", "```"), ("~", "~~~"))  # looking for one character first takes a third of the time
FENCE = re.compile(r"[ \t]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)?(`{3,}(?=[^`]*$)|~{3,})")


class Lines(NamedTuple):
    """The lines of a page, and where a comment may end, in order."""

    lines: list[str]
    closings: list[int]  # lines that contain a `-->`
    blanks: list[int]


def visible_lines(text: str) -> list[str | None]:
    """Return the lines of a page without its comments; null for each line of fenced code.

    The text around a comment of several lines is on its first line, and its other lines are blank.
    """
    lines = text.split("\n")
    if not any(first in text and mark in text for first, mark in HIDING):
        return [*lines]
    closings = [i for i, line in enumerate(lines) if "-->" in line]
    return list(hide(Lines(lines, closings, [i for i, line in enumerate(lines) if not line.strip()])))


def hide(page: Lines) -> Iterator[str | None]:
    """Yield as visible_lines returns."""
    i = 0
    while i < len(page.lines):
        if fence := FENCE.match(page.lines[i]):
            last = find_fence_end(page.lines, i, fence[1])
            yield from [None] * (last + 1 - i)
        else:
            text, last = strip_comments(page, i)
            yield text
            yield from [""] * (last - i)
        i = last + 1


def find_fence_end(lines: list[str], first: int, fence: str) -> int:
    """Return the index of the line that closes a fence, or of the last line."""
    for i in range(first + 1, len(lines)):
        line = lines[i].strip(" \t")
        if line.startswith(fence) and not line.strip(fence[0]):
            return i
    return len(lines) - 1


def strip_comments(page: Lines, at: int) -> tuple[str, int]:
    """Return a line without its comments, and the index of the line on which the last of them ends."""
    kept: list[str] = []
    line, start, is_block = page.lines[at], 0, True
    spans = code_spans(line)
    while (opening := find_opening(line, start, spans)) >= 0:
        kept.append(line[start:opening])
        is_block = is_block and not kept[-1].strip()
        closing = line.find("-->", opening + 2)
        if closing < 0:
            end = find_comment_end(page, at, is_block=is_block)
            if end is None:
                return "".join([*kept, line[opening:]]), at
            if end == len(page.lines):
                return "".join(kept), end - 1
            at, line = end, page.lines[end]
            closing, spans = line.find("-->"), code_spans(line)
        start = closing + 3
    return "".join([*kept, line[start:]]), at


def find_comment_end(page: Lines, first: int, *, is_block: bool) -> int | None:
    """Return the line on which a comment ends, the number of lines if it never does; null if it is not a comment."""
    never = len(page.lines)
    end = next_after(page.closings, first, never)
    if is_block:
        return end
    return end if end < next_after(page.blanks, first, never) else None


def next_after(places: list[int], place: int, never: int) -> int:
    i = bisect_right(places, place)
    return places[i] if i < len(places) else never


def find_opening(line: str, start: int, spans: list[tuple[int, int]]) -> int:
    """Return where the next comment outside code begins; -1 if there is none."""
    at = line.find("<!--", start)
    while at >= 0:
        i = bisect_right(spans, (at, len(line))) - 1
        if i < 0 or spans[i][1] <= at:
            return at
        at = line.find("<!--", spans[i][1])
    return -1


def code_spans(line: str) -> list[tuple[int, int]]:
    """Return where code in back-ticks begins and ends, in order; for a line without a comment, nothing."""
    ends = ends_of_code(line) if "<!--" in line else {}
    spans: list[tuple[int, int]] = []
    for start in sorted(ends):
        if not spans or start >= spans[-1][1]:
            spans.append((start, ends[start]))
    return spans
