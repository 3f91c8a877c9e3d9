"""`papers search`: run the query `search` of sql/queries/ and print the papers found."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import IO

from pipeline.core import sql_files
from pipeline.core.terminal import one_line
from pipeline.read import query
from pipeline.read.query import Connection
from pipeline.read.rows import write_rows

Hit = tuple[float, Sequence[str], str, date, str]  # score, matched words, arXiv id, first day listed, title


def write_hits(connection: Connection, given: Mapping[str, str], form: str, out: IO[bytes], encoding: str) -> None:
    """Write the papers, best first, as `lines` or one of query.FORMATS. `given` are parameters of the query.

    Lines and tables are in the encoding of the terminal. Raises WarehouseError.
    """
    found = query.run_query(connection, sql_files.read_sql("queries", "search"), given)
    if form == "lines":
        lines = "".join(f"{line}\n" for line in hit_lines(given, found.fetchall()))
        out.write(lines.encode(encoding, "backslashreplace"))
    else:
        write_rows(found, form, out, encoding)


def hit_lines(given: Mapping[str, str], hits: Sequence[Hit]) -> Iterator[str]:
    """Yield one line per hit, or a line saying that there is none."""
    if not hits:
        is_narrowed = given.keys() & {"from_date", "to_date", "label", "source"}
        where = " under these conditions" if is_narrowed else ""
        yield (
            f"no paper has any of{where}: {one_line(given['words'])}"
            if given["any_word"] == "true"
            else f"no paper has all of{where}: {one_line(given['words'])} (--any: one of them is enough)"
        )
    for _, _, arxiv_id, day, title in hits:
        yield f"{day}  https://arxiv.org/abs/{arxiv_id:12} {one_line(title)}"
