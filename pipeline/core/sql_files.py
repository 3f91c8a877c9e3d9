"""Find the SQL files, and read the header and the columns of each.

A file begins with comment lines, its header. They are fields, one after the other:

    -- Grain: one row per paper and day. A field may go on
    -- over the next lines.
    -- Key: paper_key, date_key

A column's meaning is the comment behind it, in `create table` and in the outer select of a view; it may go on in
comment lines below.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
FOLDER = PACKAGE / "sql" if (PACKAGE / "sql").is_dir() else PACKAGE.parent / "sql"  # beside the package in a checkout

FIELDS = (
    "Grain",  # what a row is: of a table, a view, or the answer to a question that has no text of its own
    "Rule",  # of a check: what always holds
    "Question",  # of a named query: what it answers
    "About",  # of a file that is none of these
    "Rerun",  # of a table: what loading it again does
    "Key",  # the columns that tell rows apart
    "Natural key",  # what a computed key stands for, as columns or expressions
    "Table",  # of a check: what it looks at
    "Severity",  # of a check: error or warning
    "Order",  # of a named query: its place in lists; without one it comes last
    "Trap",  # of a named query: the mistake that it avoids
    "If empty",  # of a named query: what to say where it finds nothing
    "Note",  # for whoever reads the SQL; shown nowhere else
)
FIELD = re.compile(rf"(?P<name>{'|'.join(FIELDS)}): +(?P<value>.+)")
PARAMETER = re.compile(r"^-- *\$(?P<name>\w+) *= *(?P<value>.*?) *(?:--.*)?$", re.MULTILINE)
CREATE_TABLE = re.compile(r"^create table (?:if not exists )?(?P<name>[\w.]+) \(\n(?P<columns>.*?)\n\);", re.M | re.S)
OUTER_SELECT = re.compile(r"^select\n(?P<columns>.*?)\nfrom ", re.M | re.S)
DECLARED = re.compile(r"    (?P<name>\w+) (?P<type>.+?)(?: not null)?,?(?: -- (?P<meaning>.+))?")
SELECTED = re.compile(r"    (?P<type>.*?)(?P<name>\w+),? -- (?P<meaning>.+)")

Columns = dict[str, tuple[str, str]]


@cache
def read_sql(folder: str, name: str) -> str:
    """Return the text of sql/<folder>/<name>.sql. Both names are ours, never input."""
    return (FOLDER / folder / f"{name}.sql").read_text("utf-8")


def names(folder: str) -> list[str]:
    """The files of a folder without their ending, in alphabetical order."""
    return sorted(path.stem for path in (FOLDER / folder).glob("*.sql"))


@cache
def header(folder: str, name: str) -> dict[str, str]:
    """Return the fields of a file's header by name, in order."""
    return parse_header(read_sql(folder, name))


def parse_header(text: str) -> dict[str, str]:
    """Return the fields of the comment lines that a text begins with, each on one line; a parameter ends a field."""
    fields: dict[str, str] = {}
    name = ""
    for line in header_lines(text):
        if found := FIELD.fullmatch(line):
            name = found["name"]
            fields[name] = found["value"]
        elif line.startswith("$"):
            name = ""
        elif name:
            fields[name] += f" {line}"
    return fields


def header_lines(text: str) -> Iterator[str]:
    """Yield the comment lines that a text begins with, without their dashes."""
    for line in text.split("\n"):
        if not line.startswith("--"):
            return
        yield line.removeprefix("--").strip()


def parameters(text: str) -> dict[str, str]:
    """Return the parameters that comment lines declare, each as `-- $name = value`, with their values."""
    return {found["name"]: found["value"] for found in PARAMETER.finditer(text)}


def without_comments(text: str) -> str:
    return re.sub(r"--[^\n]*", "", text)


def columns(table: str) -> Columns:
    """Return a table's columns in order, each with its type and its meaning, as sql/schema/ declares them."""
    return declared_columns(read_sql("schema", table))[table]


def declared_columns(text: str) -> dict[str, Columns]:
    """Return by table of a text its columns in order, each with its type and its meaning."""
    return {found["name"]: parse_columns(found["columns"], DECLARED) for found in CREATE_TABLE.finditer(text)}


def meanings(mart: str) -> dict[str, str]:
    """Return a view's columns in order with their meanings, as its outer select in sql/marts/ says them."""
    found = OUTER_SELECT.search(read_sql("marts", mart))
    parsed = parse_columns(found["columns"], SELECTED) if found else {}
    return {name: meaning for name, (_, meaning) in parsed.items()}


def parse_columns(text: str, pattern: re.Pattern[str]) -> Columns:
    """Return the columns of lines that fit a pattern; comment lines below a column continue its meaning."""
    found: Columns = {}
    name = ""
    for line in text.split("\n"):
        if match := pattern.fullmatch(line):
            name = match["name"]
            found[name] = (match["type"], match["meaning"] or "")
        elif line.startswith("    -- ") and name:
            kind, meaning = found[name]
            found[name] = (kind, f"{meaning} {line.removeprefix('    -- ')}")
        else:
            name = ""
    return found


def macro_meaning(macro: str) -> str:
    """Return the comment right above a macro of sql/schema/; empty if there is none."""
    for name in names("schema"):
        above, found, _ = read_sql("schema", name).partition(f"create macro {macro}(")
        if found:
            return comment_above(above.split("\n")[:-1])
    return ""


def comment_above(lines: Iterable[str]) -> str:
    """Return the comment that lines end with, as one line; empty where they end otherwise."""
    comment: list[str] = []
    for line in lines:
        comment = [*comment, line.removeprefix("--").strip()] if line.startswith("--") else []
    return " ".join(comment)
