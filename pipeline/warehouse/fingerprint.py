"""Hash of the code that builds staging and star; a change rebuilds the private files."""

import hashlib
from functools import cache
from importlib.metadata import version

from pipeline.core import sql_files

# All packages that the warehouse may import (tests/test_layers.py), so that no module is missed.
PACKAGES = ("core", "http", "services", "sources", "warehouse")
SQL_FOLDERS = ("schema", "staging", "load", "marts")
LIBRARIES = ("duckdb", "polars")


@cache
def fingerprint() -> str:
    """Return a hex digest of the modules, SQL files and libraries between raw/ and the star."""
    modules = [path for package in PACKAGES for path in sorted((sql_files.PACKAGE / package).rglob("*.py"))]
    texts = [path.read_bytes() for path in modules]
    texts += [sql_files.read_sql(folder, name).encode() for folder in SQL_FOLDERS for name in sql_files.names(folder)]
    texts += [version(library).encode() for library in LIBRARIES]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()
