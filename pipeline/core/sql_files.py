"""The SQL files: found, read, and taken at their word for what a table holds."""

import re
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
FOLDER = PACKAGE / "sql" if (PACKAGE / "sql").is_dir() else PACKAGE.parent / "sql"  # beside the package in a checkout

COLUMN = re.compile(r"^    (?P<name>\w+) (?P<type>[^,]+?),? -- (?P<comment>.+)$")


@cache
def read_sql(folder: str, name: str) -> str:
    """Return the text of sql/<folder>/<name>.sql. Both are names of ours, never input."""
    return (FOLDER / folder / f"{name}.sql").read_text("utf-8")


def names(folder: str) -> list[str]:
    """The files of a folder without their ending, in alphabetical order."""
    return sorted(path.stem for path in (FOLDER / folder).glob("*.sql"))


def describe(folder: str, name: str) -> str:
    """Return a file's header, which says the grain first: its leading comment lines as one paragraph."""
    lines: list[str] = []
    for line in read_sql(folder, name).splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines)


def columns(table: str) -> dict[str, tuple[str, str]]:
    """Return a table's columns in order, each with its type and its comment, as sql/schema/ declares them."""
    matches = map(COLUMN.match, read_sql("schema", table).splitlines())
    return {found["name"]: (found["type"].removesuffix(" not null"), found["comment"]) for found in matches if found}
