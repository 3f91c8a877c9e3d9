"""Many pages in one download: an archive's repository as GitHub packs it, unpacked in memory and checked with git."""

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange
from pipeline.http.retry import Verdict, persist
from pipeline.services.github.client import headers_for, raise_if_refused
from pipeline.services.github.names import check_name
from pipeline.services.github.responses import FAILED, FOUND, refusal
from pipeline.services.github.verdicts import judge
from pipeline.sources.listing import day_of
from pipeline.sources.pages import blob_sha, subject_of

MEBIBYTE = 1024 * 1024
DOWNLOAD_LIMIT_BYTES = 64 * MEBIBYTE
UNPACKED_LIMIT_BYTES = 256 * MEBIBYTE  # 5,000 pages of 50 KB: fourteen years
PAGE_LIMIT_BYTES = 16 * MEBIBYTE
MEMBERS_LIMIT = 50_000
HEADER_LIMIT_BYTES = 64 * 1024  # of what describes a file and is none itself: long names, PAX records
RECORDS_LIMIT = 100  # PAX records that hold for all files; git writes one
CODELOAD = frozenset({"codeload.github.com"})  # where api.github.com sends us
GZIP_MAGIC = b"\x1f\x8b"
# All that Python's tarfile and zlib raise on bytes that are no archive, or on one that was made to break them.
BROKEN_ARCHIVE = (tarfile.TarError, OSError, EOFError, ValueError, OverflowError, RecursionError, zlib.error)


class TooLarge(ValueError):
    """An archive unpacks into more than is allowed. Never leaves this module."""


@dataclass(frozen=True)
class Download:
    """What a download of an archive brought of the days that were wanted."""

    source_id: str
    pages: tuple[Exchange, ...]  # method TARBALL, one a day, in order of days: each is what git says it is
    failures: tuple[Exchange, ...]  # tries that brought no archive, the last one included
    missing: tuple[date, ...]  # wanted days that the archive does not have
    mismatched: tuple[date, ...]  # wanted days whose page is not the one that was wanted
    reason: str | None = None  # why there are no pages, or not all that could be; for a person
    until: datetime | None = None  # when trying again may help; None: it was not said


def fetch_tarball(web: Web, url: str, source_id: str, *, token: str | None, wanted: Mapping[date, str]) -> Download:
    """Download the repository once and cut out the wanted days' pages, each verified against git's name for it.

    Nothing is written to disk, and no name in the archive is used but to compare it. The caller keeps `pages` and
    `failures`; the archive itself is not kept, since every byte wanted of it is in them. Raises TokenError, and
    SourceError for a source_id that cannot be a repository.
    """
    address = f"{url}/repos/{check_name(source_id)}/tarball/main"
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

    answer, verdict = persist(send, judge_tarball, sleep=web.sleep, now=web.now)
    if token:
        raise_if_refused(answer)
    failures = tuple(without_archive(exchange) for exchange in tries if read_outcome(exchange) != FOUND)
    if read_outcome(answer) != FOUND:
        reason = verdict.reason or f"GitHub has no archive of {source_id}: {refusal(answer)} ({answer.status})"
        return Download(source_id, (), failures, (), (), reason, verdict.until)
    return unpack(source_id, answer, wanted, failures)


def unpack(
    source_id: str, answer: Exchange, wanted: Mapping[date, str], failures: tuple[Exchange, ...] = ()
) -> Download:
    """Return the wanted pages of a downloaded archive; of one that breaks off, those before the break."""
    pages: dict[date, Exchange] = {}
    seen: set[date] = set()
    reason = None
    try:
        for day, body in read_pages(answer.body or b"", wanted):
            seen.add(day)
            if is_blob(body, wanted[day]):
                pages[day] = replace(
                    answer, asked=(subject_of(source_id, day),), method="TARBALL", headers={}, body=body
                )
    except BROKEN_ARCHIVE as error:
        reason = str(error) if isinstance(error, TooLarge) else "the archive is damaged"
        reason = f"the download of {source_id} cannot be unpacked: {reason}"
        failures = (*failures, replace(without_archive(answer), error=reason))
    return Download(
        source_id,
        tuple(pages[day] for day in sorted(pages)),
        failures,
        missing=() if reason else tuple(sorted(wanted.keys() - seen)),
        mismatched=tuple(sorted(seen - pages.keys())),
        reason=reason,
    )


def read_pages(packed: bytes, wanted: Mapping[date, str]) -> Iterator[tuple[date, bytes]]:
    """Yield (day, bytes) of the wanted days' pages as they come. Raises BROKEN_ARCHIVE, TooLarge past a limit."""
    stream = Bounded(gzip.GzipFile(fileobj=io.BytesIO(packed)), UNPACKED_LIMIT_BYTES)
    with tarfile.open(fileobj=stream, mode="r|", errorlevel=2, tarinfo=Member) as archive:
        for count, member in enumerate(archive):
            if count >= MEMBERS_LIMIT:
                raise TooLarge(f"it has more than {MEMBERS_LIMIT} files")
            if len(archive.pax_headers) > RECORDS_LIMIT:  # each file would get a copy of them all
                raise TooLarge(f"it has more than {RECORDS_LIMIT} records on all its files")
            day = day_of_member(member)
            if day is not None and day in wanted:
                if member.size > PAGE_LIMIT_BYTES:
                    raise TooLarge(f"a page has {member.size} bytes")
                yield day, read_member(archive, member)


def day_of_member(member: tarfile.TarInfo) -> date | None:
    """Return the day of `<root>/archive/YYYY/MM/DD.md`; None for every other path, and for what is no plain file."""
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.issparse():
        return None
    return day_of(member.name.partition("/")[2])


def read_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    """Return a regular file's bytes. Raises EOFError where the archive ends before it does."""
    file = archive.extractfile(member)
    body = file.read() if file else b""
    if len(body) != member.size:
        raise EOFError
    return body


class Member(tarfile.TarInfo):
    """A header of the archive; one that announces records without end is not read on."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "Member":
        """Return the header. Raises TooLarge where what belongs to it, and is no file's content, would be too much."""
        member = super().frombuf(buf, encoding, errors)
        if member.type not in tarfile.REGULAR_TYPES and member.size > HEADER_LIMIT_BYTES:
            raise TooLarge(f"a header has {member.size} bytes")
        return member


class Bounded(io.RawIOBase):
    """A stream that ends in TooLarge after so many bytes, since a small archive may unpack into any number."""

    def __init__(self, stream: gzip.GzipFile, limit_bytes: int) -> None:
        super().__init__()
        self._stream = stream
        self._limit_bytes = self._left_bytes = limit_bytes

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes. Raises TooLarge."""
        chunk = self._stream.read(min(size, MEBIBYTE) if size >= 0 else MEBIBYTE)
        self._left_bytes -= len(chunk)
        if self._left_bytes < 0:
            raise TooLarge(f"it unpacks into more than {self._limit_bytes} bytes")
        return chunk


def is_blob(body: bytes, sha: str) -> bool:
    """Whether git's name for a file of these bytes is `sha`, in either of its two hashes."""
    if len(sha) == 64:
        return hashlib.sha256(b"blob %d\0" % len(body) + body).hexdigest() == sha
    return blob_sha(body) == sha


def judge_tarball(exchange: Exchange) -> Verdict:
    """Return what an answer means for the next request."""
    return judge(exchange, read_outcome(exchange))


def read_outcome(exchange: Exchange) -> str:
    """Return the outcome of a download; what does not begin as gzip does is none."""
    if exchange.status != 200:
        return refusal(exchange)
    return FOUND if (exchange.body or b"").startswith(GZIP_MAGIC) else FAILED


def without_archive(exchange: Exchange) -> Exchange:
    """Return the exchange without a body of megabytes, but with what a refusal says."""
    return replace(exchange, body=None) if exchange.status == 200 else exchange
