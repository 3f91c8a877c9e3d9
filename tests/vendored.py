"""`make vendor`: fetch what the page for SQL and the browser tests need, pinned by pipeline/site/vendor.json.

Run as a script. npm fetches, from the registry that it is set up for; nothing of a package is run.
"""

import gzip
import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pipeline.site.vendor import FOLDER, WASM, Package, packages

AXE = Path(__file__).parent / "vendor" / "axe.min.js"  # looks for barriers in pages; for the tests alone
# An ECMAScript module names its other package in one way; the page loads Arrow as a plain script before.
IMPORT = re.compile(rb'import\*as (\w+) from"apache-arrow";')
MAP = re.compile(rb"\n//# sourceMappingURL=\S+\s*\Z")
# The npm package has no file with its licence: https://github.com/duckdb/duckdb-wasm/blob/main/LICENSE
DUCKDB_COPYRIGHT = (
    "Copyright 2021 DuckDB WASM Contributors (see https://github.com/duckdb/duckdb-wasm/graphs/contributors)"
)
MIT = """
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated \
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the \
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit \
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the \
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE \
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR \
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR \
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def fetch(package: Package, folder: Path) -> Path:
    """Let npm fetch a tarball and return it. Exits with the reason if npm cannot, or its bytes are others."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("make vendor: npm is not here. Install it (on Debian: apt-get install npm), or build without SQL.")
    asked = f"{package.name}@{package.version}"
    ran = subprocess.run([npm, "pack", "--silent", asked], cwd=folder, capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(f"make vendor: npm did not fetch {asked}: {ran.stderr.strip() or 'it said nothing'}")
    (tarball,) = folder.glob("*.tgz")
    check(package, tarball.read_bytes())
    return tarball


def check(package: Package, content: bytes) -> None:
    found = hashlib.sha512(content).hexdigest()
    if found != package.sha512:
        sys.exit(
            f"make vendor: {package.name} {package.version} has the SHA-512 {found}, and vendor.json pins "
            f"{package.sha512}: nothing was written. Find out why before you pin another."
        )


def contents(package: Package) -> Mapping[str, bytes]:
    """Return the ordinary files of a package by their path in it."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fetch(package, Path(folder))) as archive:
        files = ((member, archive.extractfile(member)) for member in archive if member.isfile())
        return {member.name.removeprefix("package/"): file.read() for member, file in files if file}


def rewritten(module: bytes) -> bytes:
    """Return the module with Arrow taken from the page instead of imported. Exits if it imports anything else."""
    changed, count = IMPORT.subn(rb"const \1=globalThis.Arrow;", MAP.sub(b"\n", module))
    if count != 2 or re.search(rb'(?:\bfrom|\bimport)\s*"', changed):
        sys.exit("make vendor: duckdb-browser.mjs imports other things than it did: adapt tests/vendored.py")
    return changed


def written() -> dict[str, bytes]:
    """Return the files of pipeline/site/vendor/."""
    duckdb, arrow = (contents(packages()[name]) for name in ("@duckdb/duckdb-wasm", "apache-arrow"))
    return {
        "duckdb.js": rewritten(duckdb["dist/duckdb-browser.mjs"]),
        "worker.js": MAP.sub(b"\n", duckdb["dist/duckdb-browser-eh.worker.js"]),
        "arrow.js": MAP.sub(b"\n", arrow["Arrow.esnext.min.js"]),
        WASM: gzip.compress(duckdb["dist/duckdb-eh.wasm"], 9, mtime=0),
        "LICENSE-duckdb-wasm.txt": f"MIT License\n\n{DUCKDB_COPYRIGHT}\n{MIT}".encode(),
        "LICENSE-apache-arrow.txt": arrow["LICENSE.txt"],
        "NOTICE-apache-arrow.txt": arrow["NOTICE.txt"],
    }


def vendor() -> None:
    files = {FOLDER / name: content for name, content in written().items()}
    files[AXE] = contents(packages()["axe-core"])["axe.min.js"]
    for path, content in files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        print(f"{len(content):>10,} {path}")


if __name__ == "__main__":
    vendor()
