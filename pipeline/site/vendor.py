"""The vendored files of the page for SQL: where `make vendor` puts them, and what a site has of them.

They are not in git: 8 MB, pinned by vendor.json and written by tests/vendored.py. Without them a site has no SQL.
"""

import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline.site.options import Files, Options

FOLDER = Path(__file__).parent / "vendor"
LOCK = Path(__file__).with_name("vendor.json")
# A name that no host takes for a compressed text, which the browser would then unpack by itself.
PACKED = ".gz.bin"
WASM = f"duckdb-eh.wasm{PACKED}"
PLAIN_WORKER = "worker.js"
WORKER = f"{PLAIN_WORKER}{PACKED}"  # in a site: the page unpacks it, and starts it from there
SCRIPTS = ("arrow.js", "duckdb.js", PLAIN_WORKER)
LICENCES = ("LICENSE-duckdb-wasm.txt", "LICENSE-apache-arrow.txt", "NOTICE-apache-arrow.txt")
NAMES = (*SCRIPTS, WASM, *LICENCES)


@dataclass(frozen=True)
class Package:
    """A package of npm: its name, its version, and the SHA-512 of its tarball, in hex."""

    name: str
    version: str
    sha512: str


@cache
def packages() -> dict[str, Package]:
    """Return what vendor.json pins, by name."""
    pinned: dict[str, dict[str, str]] = json.loads(LOCK.read_text("utf-8"))
    return {name: Package(name, **fields) for name, fields in pinned.items()}


def folder_name() -> str:
    """Return the folder of a site that has them: its name has the versions, so a browser may keep the files."""
    pinned = packages()
    return f"vendor/duckdb-{pinned['@duckdb/duckdb-wasm'].version}-arrow-{pinned['apache-arrow'].version}"


def is_here() -> bool:
    """Whether all vendored files are here."""
    return all((FOLDER / name).is_file() for name in NAMES)


def byte_count() -> int:
    """Return how many bytes a browser fetches of them."""
    return sum(len(served(name)[1]) for name in (*SCRIPTS, WASM))


def served(name: str) -> tuple[str, bytes]:
    """Return a vendored file as a site has it: its name and bytes."""
    content = (FOLDER / name).read_bytes()
    return (WORKER, gzip.compress(content, 9, mtime=0)) if name == PLAIN_WORKER else (name, content)


def has_sql(options: Options) -> bool:
    """Whether a site can ask SQL."""
    return options.has_sql and is_here()


def files(options: Options) -> Files:
    """Yield the vendored files and their licences; nothing for a site without SQL."""
    for name in NAMES if has_sql(options) else ():
        path, content = served(name)
        yield f"{folder_name()}/{path}", content
