"""Papers about something, for a person at a terminal: the query `search` of sql/queries/."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import IO

from pipeline.core import sql_files
from pipeline.read import query
from pipeline.read.query import Connection

Hit = tuple[float, Sequence[str], str, date, str]  # score, words of it that were asked for, arXiv id, first day, title


def write_hits(connection: Connection, words: str, limit: int, form: str, out: IO[bytes]) -> None:
    """Write the best papers first: `lines` for a person, or one of query.FORMATS. Raises WarehouseError."""
    found = query.run_query(connection, sql_files.read_sql("queries", "search"), {"words": words, "limit": str(limit)})
    if form == "lines":
        out.write("".join(f"{line}\n" for line in describe(words, found.fetchall())).encode())
    else:
        query.write_rows(found, form, out)


def describe(words: str, hits: Sequence[Hit]) -> Iterator[str]:
    """Say each hit on one line, or that there is none."""
    if not hits:
        yield f"no paper has any of: {printable(words)}"
    for _, _, arxiv_id, day, title in hits:
        yield f"{day}  https://arxiv.org/abs/{arxiv_id:12} {printable(title)}"


def printable(text: str) -> str:
    """Leave out what would move a terminal's cursor or change its colours."""
    return "".join(character if character.isprintable() else " " for character in text)
