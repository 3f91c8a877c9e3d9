"""Rows as a markdown table for a person to look at: short cells, and no markup of the values' own."""

import re
from collections.abc import Iterable, Sequence

from pipeline.core.terminal import harmless

CELL_CHARACTERS = 60
MARKUP = re.compile(r"[|<>&\[\]`*_\\!#]")


def as_table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a markdown table with a line for each row, in their order."""
    lines = [list(names), ["---"] * len(names), *([as_cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def as_cell(value: object) -> str:
    """Show a value in a markdown cell: short, on one line, and without markup of its own."""
    text = harmless(" ".join(str("" if value is None else value).split()))
    text = text if len(text) <= CELL_CHARACTERS else text[: CELL_CHARACTERS - 1] + "…"
    return MARKUP.sub(lambda found: f"&#{ord(found[0])};", text)
