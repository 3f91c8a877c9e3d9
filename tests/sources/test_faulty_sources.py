"""The code of a source that fails costs that source its days, and no other source anything."""

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from desk import FORTNIGHT, TIMLRX, archive, desk, standin, write_page

from pipeline.core.errors import PageError
from pipeline.http.exchange import Exchange, exchanges_frame
from pipeline.sources import registry
from pipeline.sources.doubles import list_once
from pipeline.sources.feeds.daily_papers import DAILY_PAPERS
from pipeline.sources.known import hugging_face
from pipeline.sources.layouts.markdown import PIPE_TABLES
from pipeline.sources.pages import subject_of
from pipeline.sources.reading import PAGES, SIGHTINGS, Look, Page
from pipeline.sources.source import Document, Feed, GitArchive, Source
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
    assert asked == [] and not fetching.reasons


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


# --- asking a feed


def list_of(*, ask: Any = None, base_url: Any = None, token: Any = lambda settings: None) -> Source:
    address = base_url or (lambda settings: "https://lists.example")
    place = Feed(DAILY_PAPERS, address, ask or (lambda base_url, day: f"{base_url}?date={day}"), token)
    return Source("bo/list", "https://lists.example", "MIT", FORTNIGHT[0], place)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (list_of(ask=lambda base_url, day: {}["ask"]), "it cannot be asked: KeyError: 'ask'"),
        (list_of(base_url=lambda settings: {}["base"]), "it cannot be asked: KeyError: 'base'"),
        (list_of(token=lambda settings: {}["token"]), "it cannot be asked: KeyError: 'token'"),
        (list_of(ask=lambda base_url, day: sys.exit("bye")), "it cannot be asked: SystemExit: bye"),
        (list_of(ask=lambda base_url, day: None), "it cannot be asked: its ask gives None, and no address"),
        (list_of(ask=lambda base_url, day: "tea"), "it cannot be asked: its ask gives 'tea', and no address"),
        (list_of(ask=lambda base_url, day: "http://["), "it cannot be asked: ValueError: Invalid IPv6 URL"),
        (
            list_of(ask=lambda base_url, day: "http://a/\ud800"),
            r"it cannot be asked: its ask gives 'http://a/\ud800', and no address",
        ),
        (list_of(token=lambda settings: 7), "it cannot be asked: its token is int, and no text"),
    ],
)
def test_a_feed_that_cannot_be_asked_has_failed_days_and_the_other_sources_theirs(source, reason, desk, monkeypatch):
    replace(monkeypatch, source)
    monkeypatch.setattr(desk, "settings", desk.settings.model_copy(update={"sources": f"{TIMLRX},bo/list"}))
    fetching = desk.fetch(FORTNIGHT[:2])
    assert list(fetching.reasons) == [f"bo/list: {reason}"]
    failed = read(*(exchange for exchange in desk.kept if exchange.service == "feed"))["document"]
    assert failed.select("listing_date", "outcome", "reason").sort("listing_date").rows() == [
        (day, "failed", reason) for day in FORTNIGHT[:2]
    ]
    assert desk.outcomes() == dict.fromkeys(FORTNIGHT[:2], "published")


# --- parsing pages


class Twice(Tables):
    """Pages of tables, each row of which is a listing twice, and is seen twice."""

    def parse(self, pages: Any, found: Any = None) -> Look:
        parsed = PIPE_TABLES.parse(pages, found).parsed
        listings = pl.concat([parsed.listings, parsed.listings.with_columns(position=pl.col("position") + 1)])
        seen = listings.select("source_id", "listing_date", "arxiv_id", "position").with_columns(upvotes_count=7)
        sightings = seen.match_to_schema(SIGHTINGS, missing_columns="insert", integer_cast="upcast")
        rejected = pl.concat([parsed.rejected, parsed.rejected])
        return Look(parsed._replace(listings=listings, rejected=rejected), sightings)


def test_a_paper_that_a_format_lists_twice_is_a_listing_and_a_reject(monkeypatch, tmp_path):
    source = source_of(Twice(lambda bodies: PIPE_TABLES.read(bodies, whole=False)))
    replace(monkeypatch, source)
    days = FORTNIGHT[:2]
    other = b"| [No paper](https://tea.example) | Ada | Hot. | [] | N/A | N/A |\n"
    answers = [answer(source, write_page(tmp_path, TEA, day, "Tea") + other, day) for day in days]
    found = read(*answers)
    ids = [f"2503.{day:%m%d}1" for day in days]
    assert found["listing"].select("arxiv_id", "position").sort("arxiv_id").rows() == [(each, 1) for each in ids]
    assert found["rejected_row"].filter(reason="no_arxiv_id").height == 2
    doubles = found["rejected_row"].filter(reason="duplicate_paper").sort("listing_date")
    expected = [(day, f"{each} Tea") for day, each in zip(days, ids, strict=True)]
    assert doubles.select("listing_date", "text").rows() == expected
    counts = found["page"].select("row_count", "listing_count", "rejected_count").rows()
    assert counts == [(3, 1, 2)] * 2


def test_what_moves_is_seen_once_of_a_paper(tmp_path):
    source = source_of(Twice(lambda bodies: PIPE_TABLES.read(bodies, whole=False)))
    page = source.documents[0].format.read([write_page(tmp_path, TEA, FORTNIGHT[0], "Tea")], whole=False)
    pages = pl.DataFrame([(TEA, FORTNIGHT[0], page.text)], schema=PAGES, orient="row")
    once = list_once(source.documents[0].format.parse(pages, [page.found]))
    assert once.sightings["position"].to_list() == [1]


# --- an answer for another day


def entry(number: int, *, of: str | None) -> dict[str, Any]:
    paper = {"id": f"2503.9{number:04}", "title": f"Tea {number}", "authors": [{"name": "Ada"}]}
    return {"paper": paper | ({} if of is None else {"submittedOnDailyAt": of})}


MONDAY, LATER_DAY = "2025-03-03T08:14:59.000Z", "2026-11-26T00:00:00.000Z"


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        (
            [LATER_DAY] * 3,
            "the list of another day: 3 of the 3 papers that say theirs are not of it, but of 2026-11-26",
        ),
        ([LATER_DAY, LATER_DAY, MONDAY, None], "the list of another day: 2 of the 3 papers that say theirs are not"),
        ([LATER_DAY, MONDAY], None),
        ([None, None], None),
        (["soon", "2025-13-45T00:00:00Z"], None),
        ([MONDAY], None),
    ],
)
def test_a_list_most_of_whose_papers_are_of_another_day_is_a_failed_look(stated, reason, monkeypatch):
    replace(monkeypatch, hugging_face.SOURCE)
    body = json.dumps([entry(number, of=moment) for number, moment in enumerate(stated)]).encode()
    asked = (subject_of("huggingface/daily-papers", FORTNIGHT[0]),)
    at = datetime(2025, 4, 1, 12, tzinfo=UTC)
    found = read(Exchange("feed", asked, 1, "https://lists.example", "GET", 200, {}, at, body, None))
    [row] = found["document"].select("outcome", "reason").rows()
    assert row[0] == ("failed" if reason else None)
    assert (reason is None and row[1] is None) or row[1].startswith(f"https://lists.example: {reason}")


def test_a_look_whose_first_page_cannot_be_read_is_no_day(monkeypatch):
    replace(monkeypatch, hugging_face.SOURCE)
    asked = (subject_of("huggingface/daily-papers", FORTNIGHT[0]),)
    at = datetime(2025, 4, 1, 12, tzinfo=UTC)
    body = json.dumps([entry(1, of=MONDAY)]).encode()
    headers = {"x-look": at.isoformat(), "x-page": "1"}
    found = read(Exchange("feed", asked, 1, "https://lists.example", "GET", 200, headers, at, body, None))
    [row] = found["document"].select("outcome", "reason").rows()
    assert row == ("failed", "https://lists.example: a page of the answer is not here")
