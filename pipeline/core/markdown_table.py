"""Show rows as a markdown table with short cells, in which the values' own markup is escaped."""

import re
from collections.abc import Iterable, Sequence

from pipeline.core.terminal import one_line

CELL_CHARACTERS = 60
MARKUP = re.compile(r"[|<>&\[\]`*_\\!#]")


def as_table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a markdown table with one line per row, in order."""
    lines = [list(names), ["---"] * len(names), *([as_cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def as_cell(value: object) -> str:
    text = one_line(str("" if value is None else value))
    text = text if len(text) <= CELL_CHARACTERS else text[: CELL_CHARACTERS - 1] + "…"
    return MARKUP.sub(lambda found: f"&#{ord(found[0])};", text)
