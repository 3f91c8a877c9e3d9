"""`papers search`: run the query `search` of sql/queries/ and print the papers found."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import IO

from pipeline.core import sql_files
from pipeline.core.terminal import one_line
from pipeline.read import query
from pipeline.read.query import Connection
from pipeline.read.rows import write_rows

Hit = tuple[float, Sequence[str], str, date, str]  # score, matched words, arXiv id, first day listed, title


def write_hits(connection: Connection, words: str, limit: int, form: str, out: IO[bytes]) -> None:
    """Write the papers, best first, as `lines` or one of query.FORMATS. Raises WarehouseError."""
    found = query.run_query(connection, sql_files.read_sql("queries", "search"), {"words": words, "limit": str(limit)})
    if form == "lines":
        out.write("".join(f"{line}\n" for line in hit_lines(words, found.fetchall())).encode())
    else:
        write_rows(found, form, out)


def hit_lines(words: str, hits: Sequence[Hit]) -> Iterator[str]:
    """Yield one line per hit, or a line saying that there is none."""
    if not hits:
        yield f"no paper has any of: {one_line(words)}"
    for _, _, arxiv_id, day, title in hits:
        yield f"{day}  https://arxiv.org/abs/{arxiv_id:12} {one_line(title)}"
