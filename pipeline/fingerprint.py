"""What makes staging and star out of raw: where it changes, the private files are made anew."""

import hashlib
from functools import cache
from importlib.metadata import version

from pipeline import sql

MODULES = (
    "answer",
    "archive",
    "arxiv",
    "atom",
    "exchange",
    "links",
    "markdown",
    "repository",
    "staging",
    "tables",
    "warehouse",
)
FOLDERS = ("schema", "staging", "load", "marts", "comments")


@cache
def fingerprint() -> str:
    """Return a name of the code and libraries that stand between raw/ and the star, the same for the same ones."""
    texts = [(sql.HERE / f"{module}.py").read_bytes() for module in MODULES]
    texts += [sql.read_sql(folder, name).encode() for folder in FOLDERS for name in sql.names(folder)]
    texts += [version(library).encode() for library in ("duckdb", "polars")]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()
