"""Headers of a downloaded archive that cost much time to read are refused, or read until the time is up."""

import gzip
import itertools
import tarfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial

import pytest

from pipeline.http.exchange import Exchange
from pipeline.sources.archives.tarball import UNPACK_SECONDS, Download, unpack
from pipeline.sources.pages import blob_sha
from pipeline.sources.registry import find_source

DAY = date(2025, 1, 1)
PAGE = b"| a page |\n"
NOON = datetime(2025, 3, 31, 12, tzinfo=UTC)


def block(name: str, kind: bytes, content: bytes) -> bytes:
    header = tarfile.TarInfo(name)
    header.type, header.size = kind, len(content)
    return header.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % 512)


def record(name: str, value: str) -> bytes:
    """One line of a PAX header, which begins with its own length."""
    rest = f" {name}={value}\n"
    length = next(size for size in itertools.count(len(rest)) if size == len(f"{size}{rest}"))
    return f"{length}{rest}".encode()


HOSTILE: dict[str, bytes] = {
    "digits instead of a length": block("x", tarfile.XHDTYPE, b"1" * 60_000),
    "digits as a size": block("x", tarfile.XHDTYPE, record("size", "9" * 60_000)),
    "digits as a time": block("x", tarfile.XHDTYPE, record("mtime", "9" * 60_000)),
    "a map without end": block("x", tarfile.XHDTYPE, record("GNU.sparse.map", "1," * 30_000)),
    "comments in one header": block("x", tarfile.XHDTYPE, record("comment", "c") * 30_000),
    "comments in headers of their own": block("x", tarfile.XHDTYPE, record("comment", "c")) * 30_000,
    "comments on all files": block("g", tarfile.XGLTYPE, record("comment", "c")) * 30_000,
    "a name without end": block("x", tarfile.GNUTYPE_LONGNAME, b"a" * 60_000),
}


def download(*blocks: bytes, monotonic: Callable[[], float] = lambda: 0.0) -> Download:
    packed = gzip.compress(b"".join([*blocks, bytes(1024)]), 1)
    answer = Exchange("archive", ("a/b",), 1, "https://api.example.org", "GET", 200, {}, NOON, packed, None)
    return unpack(find_source("a/b"), answer, {("a/b", DAY): blob_sha(PAGE)}, monotonic=monotonic)


page = partial(block, "root/archive/2025/01/01.md", tarfile.REGTYPE)


@pytest.mark.parametrize("what", HOSTILE)
def test_header_that_is_costly_to_read_ends_the_unpacking_with_a_reason(what: str) -> None:
    found = download(page(PAGE), HOSTILE[what], block("last", tarfile.REGTYPE, b""))
    assert [each.body for each in found.pages] == [PAGE]  # what came before counts
    assert str(found.reason).startswith("the download of a/b cannot be unpacked: ")
    assert [failure.error for failure in found.failures] == [found.reason]


def test_headers_that_git_writes_are_read() -> None:
    comment = block("pax_global_header", tarfile.XGLTYPE, record("comment", "0123456789" * 4))
    paths = block("x", tarfile.XHDTYPE, record("path", "p" * 4000) + record("linkpath", "l" * 4000))
    found = download(comment, paths, block("long", tarfile.SYMTYPE, b""), page(PAGE))
    assert ([each.body for each in found.pages], found.reason) == ([PAGE], None)


def test_archive_that_takes_too_long_keeps_what_came_before() -> None:
    clock = itertools.count(0, UNPACK_SECONDS / 20)
    files = [block(f"{number}", tarfile.REGTYPE, b"x" * 512) for number in range(400)]
    found = download(page(PAGE), *files, monotonic=lambda: next(clock))
    assert [each.body for each in found.pages] == [PAGE]
    assert "it takes longer than 60 s" in str(found.reason)
