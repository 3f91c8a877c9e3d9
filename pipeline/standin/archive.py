"""Stand-in for the archives: single pages as raw.githubusercontent.com serves them, a git tree, a tarball."""

import gzip
import hashlib
import io
import re
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.standin.wire import Response, text_response

SOURCE = r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9][A-Za-z0-9._-]*"
NAME = r"[\w-][\w.-]*"  # no dot in front, so that no path leads out of a folder
PAGE = re.compile(rf"/({SOURCE})/({NAME})/((?:{NAME}/)*{NAME}\.(?:md|json))")
TARBALL = re.compile(rf"/({SOURCE})/legacy\.tar\.gz/refs/heads/({NAME})")


@dataclass(frozen=True)
class Entry:
    """One row of a git tree; order and sha are git's."""

    path: str
    mode: str  # 100644 | 040000
    kind: str  # blob | tree
    sha: str
    size_bytes: int | None  # null for a tree


class Archive:
    """Folders of <owner>/<repository>/<branch>/…, read at every request; of two with the same page the first wins."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = list(folders)

    def answer(self, path: str) -> Response | None:
        """Return a page or a tarball; None if the path names neither."""
        if page := PAGE.fullmatch(path):
            source, branch, name = page.groups()
            return self._answer_page(source, branch, name)
        if tarball := TARBALL.fullmatch(path):
            files = self.files(tarball[1], tarball[2])
            body = pack(tarball[1], files) if files else None
            return missing() if body is None else Response(200, body, {"Content-Type": "application/x-gzip"})
        return None

    def branches(self, source: str) -> list[str]:
        """Return the names of a source's branches; none: there is no such repository."""
        return sorted({branch.name for folder in self.folders for branch in (folder / source).glob("*/")})

    def files(self, source: str, branch: str) -> dict[str, bytes]:
        """Return every file of a source by its path inside the repository; none: there is no such branch."""
        found: dict[str, bytes] = {}
        for folder in reversed(self.folders):
            root = folder / source / branch
            found |= {
                file.relative_to(root).as_posix(): file.read_bytes() for file in root.rglob("*") if file.is_file()
            }
        return found

    def _answer_page(self, source: str, branch: str, name: str) -> Response:
        for file in (folder / source / branch / name for folder in self.folders):
            if file.is_file():
                return Response(200, file.read_bytes(), {"Content-Type": "text/plain; charset=utf-8"})
        return missing()


def missing() -> Response:
    return text_response(404, "404: Not Found")


def hash_object(kind: str, body: bytes) -> str:
    """Return git's SHA-1 of a blob or tree."""
    return hashlib.sha1(f"{kind} {len(body)}\0".encode() + body).hexdigest()


def list_tree(files: Mapping[str, bytes], prefix: str = "") -> tuple[str, list[Entry]]:
    """Return the tree's SHA and everything below it in git's order, a folder before its content."""
    below: dict[str, dict[str, bytes]] = {}
    for path, body in files.items():
        name, _, rest = path.partition("/")
        below.setdefault(name + "/" if rest else name, {})[rest] = body
    rows: list[Entry] = []
    content = b""
    for name in sorted(below):  # git sorts a folder as if its name ended with a slash
        if name.endswith("/"):
            sha, inner = list_tree(below[name], prefix + name)
            rows += [Entry(prefix + name[:-1], "040000", "tree", sha, None), *inner]
        else:
            sha = hash_object("blob", below[name][""])
            rows.append(Entry(prefix + name, "100644", "blob", sha, len(below[name][""])))
        mode = "40000" if name.endswith("/") else "100644"
        content += f"{mode} {name.rstrip('/')}\0".encode() + bytes.fromhex(sha)
    return hash_object("tree", content), rows


def pack(source: str, files: Mapping[str, bytes]) -> bytes:
    """Return a tar.gz as GitHub makes it: a comment with the commit, and one root folder named after it."""
    commit = hashlib.sha1(list_tree(files)[0].encode()).hexdigest()
    root = f"{source.replace('/', '-')}-{commit[:7]}"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"comment": commit}) as tar:
        for path in sorted(files):
            member = tarfile.TarInfo(f"{root}/{path}")
            member.size = len(files[path])
            tar.addfile(member, io.BytesIO(files[path]))
    return gzip.compress(buffer.getvalue(), mtime=0)
