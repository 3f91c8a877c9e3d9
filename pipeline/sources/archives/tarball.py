"""Fetch many pages in one download: a repository's tarball, unpacked in memory, each page checked against its SHA."""

import gzip
import io
import tarfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange
from pipeline.http.retry import Verdict, persist
from pipeline.services.github.names import check_name
from pipeline.services.github.responses import FAILED, FOUND, refusal
from pipeline.services.github.token import headers_for, raise_if_refused
from pipeline.services.github.verdicts import verdict_on
from pipeline.sources.pages import DocumentDay, blob_name, branch_of, document_id, subject_of
from pipeline.sources.paths import day_of_path
from pipeline.sources.source import Source

MEBIBYTE = 1024 * 1024
DOWNLOAD_LIMIT_BYTES = 64 * MEBIBYTE
UNPACKED_LIMIT_BYTES = 256 * MEBIBYTE  # 5,000 pages of 50 KB: fourteen years
PAGE_LIMIT_BYTES = 16 * MEBIBYTE
MEMBERS_LIMIT = 50_000
HEADER_LIMIT_BYTES = 16 * 1024  # of headers that are not files, as two paths fill; tarfile reads digits in squared time
UNPACK_SECONDS = 60.0  # 256 MiB of honest pages take three
RECORDS_LIMIT = 100  # PAX records that apply to all files; git writes one
CODELOAD = frozenset({"codeload.github.com"})  # where api.github.com redirects to
GZIP_MAGIC = b"\x1f\x8b"
# Whatever tarfile and zlib raise for bytes that are not an archive, or for a hostile one.
BROKEN_ARCHIVE = (tarfile.TarError, OSError, EOFError, ValueError, OverflowError, RecursionError, zlib.error)


class TooLarge(ValueError):
    """An archive unpacks into more than allowed. Caught in this module."""


@dataclass(frozen=True)
class Download:
    """The wanted documents that a download of an archive contains."""

    source_id: str
    pages: tuple[Exchange, ...]  # method TARBALL, by document and day, each with the SHA that was wanted
    failures: tuple[Exchange, ...]  # tries that brought no archive, also the last one
    missing: tuple[DocumentDay, ...]  # wanted ones that the archive does not have
    mismatched: tuple[DocumentDay, ...]  # wanted ones that have another SHA
    reason: str | None = None  # why pages are lacking, for a person
    until: datetime | None = None  # when a retry may help; None: unknown


def fetch_tarball(
    web: Web, url: str, source: Source, *, token: str | None, wanted: Mapping[DocumentDay, str]
) -> Download:
    """Download the repository once and take out the wanted documents, each checked against its SHA.

    Nothing is written to disk, and names in the archive are only compared. The caller stores `pages` and `failures`;
    the archive itself is not stored, since they hold every wanted byte of it. Raises TokenError, and SourceError if
    the source's id is not a repository's name.
    """
    source_id = source.source_id
    address = f"{url}/repos/{check_name(source_id)}/tarball/{branch_of(source)}"
    tries: list[Exchange] = []

    def send() -> Exchange:
        tries.append(
            web.send(
                "GET",
                address,
                service="archive",
                asked=(source_id,),
                headers=headers_for(token),
                limit_bytes=DOWNLOAD_LIMIT_BYTES,
                may_redirect_to=CODELOAD,
            )
        )
        return tries[-1]

    answer, verdict = persist(send, download_verdict, sleep=web.sleep, now=web.now)
    if token:
        raise_if_refused(answer)
    failures = tuple(without_archive(exchange) for exchange in tries if download_outcome(exchange) != FOUND)
    if download_outcome(answer) != FOUND:
        reason = verdict.reason or f"GitHub has no archive of {source_id}: {refusal(answer)} ({answer.status})"
        return Download(source_id, (), failures, (), (), reason, verdict.until)
    return unpack(source, answer, wanted, failures, monotonic=web.monotonic)


def unpack(
    source: Source,
    answer: Exchange,
    wanted: Mapping[DocumentDay, str],
    failures: tuple[Exchange, ...] = (),
    *,
    monotonic: Callable[[], float] = time.monotonic,
) -> Download:
    """Return the wanted pages of a downloaded archive; of a truncated one, those before the break."""
    pages: dict[DocumentDay, Exchange] = {}
    seen: set[DocumentDay] = set()
    reason = None
    try:
        for each, body in read_pages(answer.body or b"", source, wanted, monotonic):
            seen.add(each)
            if blob_name(body, wanted[each]) == wanted[each]:
                pages[each] = replace(answer, asked=(subject_of(*each),), method="TARBALL", headers={}, body=body)
    except BROKEN_ARCHIVE as error:
        reason = str(error) if isinstance(error, TooLarge) else "the archive is damaged"
        reason = f"the download of {source.source_id} cannot be unpacked: {reason}"
        failures = (*failures, replace(without_archive(answer), error=reason))
    return Download(
        source.source_id,
        tuple(pages[each] for each in sorted(pages)),
        failures,
        missing=() if reason else tuple(sorted(wanted.keys() - seen)),
        mismatched=tuple(sorted(seen - pages.keys())),
        reason=reason,
    )


def read_pages(
    packed: bytes, source: Source, wanted: Mapping[DocumentDay, str], monotonic: Callable[[], float]
) -> Iterator[tuple[DocumentDay, bytes]]:
    """Yield the wanted documents with their bytes, in the archive's order.

    Raises BROKEN_ARCHIVE; TooLarge past a limit.
    """
    stream = Bounded(gzip.GzipFile(fileobj=io.BytesIO(packed)), UNPACKED_LIMIT_BYTES, UNPACK_SECONDS, monotonic)
    with tarfile.open(fileobj=stream, mode="r|", errorlevel=2, tarinfo=Member) as archive:
        for count, member in enumerate(archive):
            if count >= MEMBERS_LIMIT:
                raise TooLarge(f"it has more than {MEMBERS_LIMIT} files")
            if len(archive.pax_headers) > RECORDS_LIMIT:  # each file would get a copy of all of them
                raise TooLarge(f"it has more than {RECORDS_LIMIT} records on all its files")
            found = find_member(member, source)
            if found is not None and found in wanted:
                if member.size > PAGE_LIMIT_BYTES:
                    raise TooLarge(f"a page has {member.size} bytes")
                yield found, read_member(archive, member)


def find_member(member: tarfile.TarInfo, source: Source) -> DocumentDay | None:
    """Return which document `<root>/<its path>` is; None for any other path, and unless it is a plain file."""
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.issparse():
        return None
    path = member.name.partition("/")[2]
    days = ((document, day_of_path(document.path, path)) for document in source.documents)
    return next(((document_id(source, document), day) for document, day in days if day is not None), None)


def read_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    """Return a regular file's bytes. Raises EOFError if the archive ends too soon."""
    file = archive.extractfile(member)
    body = file.read() if file else b""
    if len(body) != member.size:
        raise EOFError
    return body


class Member(tarfile.TarInfo):
    """A header of the archive; one that announces endless records is refused."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "Member":
        """Return the header. Raises TooLarge if its records, other than file content, are too large."""
        member = super().frombuf(buf, encoding, errors)
        if member.type not in tarfile.REGULAR_TYPES and member.size > HEADER_LIMIT_BYTES:
            raise TooLarge(f"a header has {member.size} bytes")
        return member


class Bounded(io.RawIOBase):
    """A stream that raises TooLarge past a limit, since a small archive may unpack to any size, for any time."""

    def __init__(
        self, stream: gzip.GzipFile, limit_bytes: int, limit_seconds: float, monotonic: Callable[[], float]
    ) -> None:
        super().__init__()
        self._monotonic, self._deadline, self._limit_seconds = monotonic, monotonic() + limit_seconds, limit_seconds
        self._stream = stream
        self._limit_bytes = self._left_bytes = limit_bytes

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes. Raises TooLarge."""
        chunk = self._stream.read(min(size, MEBIBYTE) if size >= 0 else MEBIBYTE)
        self._left_bytes -= len(chunk)
        if self._left_bytes < 0:
            raise TooLarge(f"it unpacks into more than {self._limit_bytes} bytes")
        if self._monotonic() > self._deadline:
            raise TooLarge(f"it takes longer than {self._limit_seconds:g} s")
        return chunk


def download_verdict(exchange: Exchange) -> Verdict:
    """Return what to do after a response to the download."""
    return verdict_on(exchange, download_outcome(exchange))


def download_outcome(exchange: Exchange) -> str:
    """Return the outcome of a download; a body that is not gzip is a failure."""
    if exchange.status != 200:
        return refusal(exchange)
    return FOUND if (exchange.body or b"").startswith(GZIP_MAGIC) else FAILED


def without_archive(exchange: Exchange) -> Exchange:
    """Return the exchange without an archive's megabytes; the body of a refusal stays."""
    return replace(exchange, body=None) if exchange.status == 200 else exchange
