"""The code of a source that fails costs that source its days, and no other source anything."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from desk import FORTNIGHT, TIMLRX, archive, desk, standin

from pipeline.core.errors import PageError
from pipeline.http.exchange import Exchange, exchanges_frame
from pipeline.sources import registry
from pipeline.sources.layouts.markdown import PIPE_TABLES
from pipeline.sources.pages import subject_of
from pipeline.sources.reading import Look, Page
from pipeline.sources.source import Document, GitArchive, Source
from pipeline.warehouse.intake.bodies import Frames, read_exchanges
from pipeline.warehouse.raw import identify

__all__ = ["archive", "desk", "standin"]  # fixtures

TEA = "ada/tea-papers"
Read = Callable[[Sequence[bytes]], Any]


class Tables:
    """Pages of tables, read with a fault."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def read(self, bodies: Sequence[bytes], *, whole: bool) -> Any:
        return self._read(bodies)

    def parse(self, pages: Any, found: Any = None) -> Look:
        return PIPE_TABLES.parse(pages, found)


def source_of(format: Any, source_id: str = TEA) -> Source:
    place = GitArchive((Document("markdown", "archive/%Y/%m/%d.md", format),))
    return Source(source_id, "https://lists.example", "MIT", FORTNIGHT[0], place)


def replace(monkeypatch: pytest.MonkeyPatch, *sources: Source) -> None:
    """Register sources in place of those of the same id, or beside the others."""
    known = {source.source_id: source for source in (*registry.SOURCES, *sources)}
    monkeypatch.setattr(registry, "SOURCES", tuple(known.values()))


def answer(source: Source, body: bytes, day: date = FORTNIGHT[0]) -> Exchange:
    at = datetime(2025, 4, 1, 12, tzinfo=UTC)
    url = f"https://lists.example/{source.source_id}/{day}"
    return Exchange("archive", (subject_of(source.source_id, day),), 1, url, "GET", 200, {}, at, body, None)


def read(*answers: Exchange) -> Frames:
    return read_exchanges(identify(exchanges_frame(answers)))


def fail(error: BaseException) -> Read:
    def read(bodies: Sequence[bytes]) -> Page:
        raise error

    return read


# --- reading a page


def test_a_page_is_kept_before_anything_reads_it(desk, standin, monkeypatch):
    asked: list[str] = []
    replace(monkeypatch, source_of(Tables(lambda bodies: asked.append("read")), TIMLRX))
    fetching = desk.fetch(FORTNIGHT[4:7])  # a Friday, and a weekend whose pages are missing
    kept = {exchange.asked[0]: exchange.status for exchange in desk.kept if TIMLRX in exchange.asked[0]}
    assert kept == {
        subject_of(TIMLRX, day): status for day, status in zip(FORTNIGHT[4:7], (200, 404, 404), strict=True)
    }
    assert asked == [] and fetching.reasons == []


@pytest.mark.parametrize("body", [b"", b"  \n<!DOCTYPE html><p>Sign in", b"\xef\xbb\xbf<html>"], ids=repr)
def test_what_is_no_page_at_first_sight_does_not_prove_that_an_archive_is_there(desk, standin, archive, body):
    path = archive / TIMLRX / "main" / "archive" / f"{FORTNIGHT[4]:%Y/%m/%d}.md"
    path.write_bytes(body)
    standin.fail("/repos/", 500)
    desk.fetch(FORTNIGHT[4:7])
    assert [desk.outcomes()[day] for day in FORTNIGHT[5:7]] == ["failed", "failed"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (fail(KeyError("oops")), "reading it fails: KeyError: 'oops'"),
        (fail(RecursionError("too\ndeep")), "reading it fails: RecursionError: too deep"),
        (fail(PageError("tea is out")), "tea is out"),
        (lambda bodies: None, "reading it gives NoneType, and no page"),
        (lambda bodies: "# Tea", "reading it gives str, and no page"),
    ],
    ids=["KeyError", "RecursionError", "PageError", "None", "str"],
)
def test_a_page_that_its_format_cannot_read_is_a_failed_day_with_the_reason(fault, reason, monkeypatch):
    source = source_of(Tables(fault))
    replace(monkeypatch, source)
    found = read(answer(source, b"# Tea\n"))
    [row] = found["document"].select("source_id", "outcome", "reason").rows()
    assert row == (TEA, "failed", f"https://lists.example/{TEA}/{FORTNIGHT[0]}: {reason}")
