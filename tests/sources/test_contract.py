"""What every registered source keeps: its rows are accounted for, in any order, and no failure passes for a day."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import ALL_SOURCES
from histories import Star, differences, star

from pipeline.http.exchange import Exchange, exchanges_frame
from pipeline.sources import registry
from pipeline.sources.pages import document_id, subject_of
from pipeline.sources.source import Document, Feed, Source
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.intake.bodies import Frames, read_exchanges
from pipeline.warehouse.raw import identify

FIXTURES = Path(__file__).parents[1] / "fixtures" / "sources"
DAY = date(2025, 9, 24)
LATER = datetime(2025, 10, 20, 12, tzinfo=UTC)
HTML = b"<!DOCTYPE html><html><body>Tea is being served.</body></html>"
NOT_YET = b'{"error": "Invalid query: \\"date\\" must be less than or equal to \\"2025-09-23T00:00:00.000Z\\""}'


@dataclass(frozen=True)
class Case:
    """A document of a source, with its day of our invention."""

    source: Source
    document: Document

    @property
    def name(self) -> str:
        return f"{self.source.source_id.replace('/', '+')}.{self.document.name}"

    @property
    def body(self) -> bytes:
        file = FIXTURES / self.name
        if not file.is_file():
            pytest.fail(
                f"{self.source.source_id} has no {file}: invent a day of its {self.document.name},"
                f" and beside it {file.name}.json with the rows that it means and an empty day (docs/sources.md)"
            )
        return file.read_bytes()

    @property
    def meant(self) -> Mapping[str, Any]:
        return json.loads((FIXTURES / f"{self.name}.json").read_bytes())

    def answer(self, body: bytes | None, status: int = 200, day: date = DAY, hours: int = 0) -> Exchange:
        service = "feed" if isinstance(self.source.place, Feed) else "archive"
        asked = (subject_of(document_id(self.source, self.document), day),)
        at = LATER + timedelta(hours=hours)
        return Exchange(service, asked, 1, "https://lists.example/day", "GET", status, {}, at, body, None)


CASES = [Case(source, document) for source in ALL_SOURCES for document in source.documents]
every_document = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.fixture(autouse=True)
def _all_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "SOURCES", ALL_SOURCES)


def read(*answers: Exchange) -> Frames:
    return read_exchanges(identify(exchanges_frame(answers)))


def outcome(*answers: Exchange) -> tuple[str | None, str | None]:
    """Outcome and reason of the only day."""
    found = read(*answers)
    [document] = found["document"].select("outcome", "reason").rows()
    pages = found["page"].select("outcome", "reason").rows() if "page" in found else []
    return pages[0] if pages else document


@every_document
def test_the_fixture_means_its_rows_and_every_row_is_accounted_for(case: Case) -> None:
    found = read(case.answer(case.body))
    listings = found["listing"].select("position", "arxiv_id", "title").rows()
    assert [list(row) for row in listings] == case.meant["rows"]
    [page] = found["page"].to_dicts()
    assert page["outcome"] == "published"
    assert page["row_count"] == page["listing_count"] + page["rejected_count"]
    assert (page["listing_count"], page["rejected_count"]) == (len(listings), found["rejected_row"].height)
    assert found["rejected_row"].height == 1, "the fixture should have one row that is no listing"


@every_document
def test_a_day_without_papers_is_empty_and_a_lost_one_is_not(case: Case) -> None:
    assert outcome(case.answer(case.meant["empty"].encode())) == ("empty", None)
    body = case.body
    broken: dict[str, tuple[bytes | None, int]] = {
        "nothing": (b"", 200),
        "cut": (body[: len(body) * 2 // 3], 200),
        "HTML": (HTML, 200),
        "HTTP 400": (b'{"error": "tea"}', 400),
        "HTTP 429": (b"slow down", 429),
    }
    found = {kind: outcome(case.answer(*answer)) for kind, answer in broken.items()}
    assert {kind: result for kind, (result, _) in found.items()} == dict.fromkeys(broken, "failed")
    assert all(kind in str(found[kind][1]) for kind in ("HTML", "HTTP 400", "HTTP 429"))
    assert len({reason for _, reason in found.values()}) == len(broken)


@every_document
def test_only_an_archive_can_say_that_a_day_is_absent_and_only_a_feed_that_it_is_not_yet(case: Case) -> None:
    is_feed = isinstance(case.source.place, Feed)
    assert outcome(case.answer(None, 404))[0] == ("failed" if is_feed else "absent")
    assert outcome(case.answer(NOT_YET, 400))[0] == (None if is_feed else "failed")


@every_document
def test_the_same_answers_in_any_order_are_the_same_rows(case: Case) -> None:
    answers = history(case)
    expected = in_order(read(*answers))
    for seed in range(3):
        shuffled = random.Random(seed).sample(answers, len(answers))
        assert in_order(read(*shuffled)) == expected


def history(case: Case) -> list[Exchange]:
    """Three days: one as it is, one that is corrected and then lost, one that fails and then comes."""
    body, changed = case.body, case.body.replace(b"Steeping Tea", b"Brewing Tea")
    days = [DAY - timedelta(days=step) for step in range(3)]
    return [
        case.answer(body, day=days[0]),
        case.answer(body, day=days[1]),
        case.answer(changed, day=days[1], hours=1),
        case.answer(None, 429, day=days[1], hours=2),
        case.answer(HTML, day=days[2]),
        case.answer(body, day=days[2], hours=1),
    ]


def in_order(frames: Frames) -> dict[str, list[str]]:
    """Rows of each table as text, sorted."""
    return {table: sorted(map(repr, frame.rows())) for table, frame in frames.items() if not frame.is_empty()}


def load(folder: Path, *loads: list[Exchange]) -> Star:
    warehouse = Warehouse(folder)
    for answers in loads:
        warehouse.raw.store(*answers)
        warehouse.refresh()
    return star(warehouse)


Split = Callable[[list[Exchange]], list[list[Exchange]]]


@pytest.mark.parametrize(
    "split", [lambda answers: [[each] for each in answers], lambda answers: [answers[::2], answers[1::2]]]
)
def test_the_same_answers_in_several_loads_are_the_same_star(split: Split, tmp_path: Path) -> None:
    answers = [answer for case in CASES for answer in history(case)]
    shuffled = random.Random(7).sample(answers, len(answers))
    at_once, step_by_step = load(tmp_path / "once", answers), load(tmp_path / "steps", *split(shuffled))
    assert at_once["fct_listing"] and at_once["fct_listing_day"]
    assert differences(at_once, step_by_step) == {}


def test_a_source_without_a_fixture_is_told_what_to_do() -> None:
    case = CASES[0]
    nameless = Case(replace(case.source, source_id="ada/papers-of-the-day"), case.document)
    with pytest.raises(
        pytest.fail.Exception, match=r"ada/papers-of-the-day has no .*ada\+papers-of-the-day.*docs/sources"
    ):
        nameless.body  # noqa: B018  it is a property
