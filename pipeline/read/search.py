"""`papers search`: run the query `search` of sql/queries/ and print the papers found, or why there are none."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import IO, Any

from pipeline.core import sql_files
from pipeline.core.terminal import one_line
from pipeline.core.wording import suggest
from pipeline.read import query
from pipeline.read.query import Connection, Relation
from pipeline.read.rows import write_rows

Hit = tuple[float, Sequence[str], str, date, str]  # score, matched words, arXiv id, first day listed, title

CONDITIONS = ("label", "source", "from_date", "to_date")
EVER = {"from_date": "-infinity", "to_date": "infinity"}


def write_hits(
    connection: Connection, given: Mapping[str, str], form: str, out: IO[bytes], encoding: str
) -> str | None:
    """Write the papers, best first, as `lines` or one of FORMATS. `given` are parameters of the query.

    Lines and tables are in the encoding of the terminal. Return why there is no paper, if there is none. Raises
    WarehouseError.
    """
    found = search(connection, given)
    if form == "lines":
        lines = "".join(f"{line}\n" for line in hit_lines(found.fetchall()))
        out.write(lines.encode(encoding, "backslashreplace"))
    else:
        write_rows(found, form, out, encoding)
    return None if found.limit(1).fetchall() else explain(connection, given)


def search(connection: Connection, given: Mapping[str, str]) -> Relation:
    return query.run_query(connection, sql_files.read_sql("queries", "search"), given)


def hit_lines(hits: Sequence[Hit]) -> Iterator[str]:
    for _, _, arxiv_id, day, title in hits:
        yield f"{day}  https://arxiv.org/abs/{arxiv_id:12} {one_line(title)}"


def explain(connection: Connection, given: Mapping[str, str]) -> str:
    """Return why a search finds nothing: a condition that nothing meets, conditions that are too narrow, or words."""
    if unmet := list(unmet_conditions(connection, given)):
        return one_line("; ".join(unmet))
    parts = ask(connection, "words", words=given["words"])
    if not any(part["is_searched"] for part in parts):
        return one_line(f"there is no word to search for, or only the commonest, in: {given['words']}")
    common = " ".join(part["part"] for part in parts if part["is_word"] and not part["is_searched"])
    counted = " ".join(part["part"] for part in parts if part["is_searched"] or not part["is_word"])
    wide = {name: value for name, value in given.items() if name not in CONDITIONS}
    how = "any" if given["any_word"] == "true" else "all"
    if wide != given and search(connection, wide).limit(1).fetchall():
        return one_line(f"papers have {how} of: {counted}; none of them was listed under these conditions")
    hints = ["--any: one of them is enough"] if how == "all" else []
    hints += [f"too common to count: {common}"] if common else []
    return one_line(f"no paper has {how} of: {counted}" + (f" ({'; '.join(hints)})" if hints else ""))


def unmet_conditions(connection: Connection, given: Mapping[str, str]) -> Iterator[str]:
    """Yield for each condition that no listing meets what could be meant instead."""
    days = {name: given.get(name, ever) for name, ever in EVER.items()}
    (known,) = ask(connection, "conditions", **days)
    vocabularies: dict[str, list[str]] = {"label": known["labels"] or [], "source": known["sources"] or []}
    for name, values in vocabularies.items():
        wanted = given.get(name, "any")
        if wanted != "any" and wanted.lower() not in {value.lower() for value in values}:
            question = suggest(wanted, values)
            yield f"no listing has the {name} {wanted}{f': {question}' if question else ''}"
    if not known["listing_count"] and known["last_date"]:
        yield f"no listing is of these days: they go from {known['first_date']} to {known['last_date']}"


def ask(connection: Connection, name: str, **parameters: str) -> list[dict[str, Any]]:
    relation = query.run_query(connection, sql_files.read_sql("search", name), parameters)
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
