"""A body that ends the process that reads it, or never ends, costs itself: the rest is loaded and published."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from pages_of_rows import SIX, row

from pipeline.core.errors import WarehouseError
from pipeline.http.exchange import Exchange, exchanges_frame
from pipeline.sources.pages import page_url, subject_of
from pipeline.sources.registry import find_source
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.intake import reader
from pipeline.warehouse.intake.bodies import read_exchanges
from pipeline.warehouse.raw import identify

SOURCE = "timlrx/daily-ai-papers"
AT = datetime(2025, 4, 1, 12, tzinfo=UTC)
# A reader with faults that a body can choose. They are real: the process is gone, or native code does not return.
FAULTY = """
import os, re, signal, time
from pathlib import Path
from pipeline.services.arxiv import reader as arxiv
from pipeline.warehouse.intake import days, reader

class PanicException(BaseException):
    pass

def touch(body):
    if b"ABORT" in body:
        os.abort()
    if b"HANG" in body:
        with Path(MARK).open("a") as mark:
            mark.write("HANG ")
        while b"LOOP" in body:
            pass
        re.fullmatch("(a+)+b", "a" * 64)
    if b"WAIT" in body:
        time.sleep(5)  # the deadline is two or three seconds
    if b"PANIC" in body:
        raise PanicException("index out of bounds")
    if b"KILLED" in body and not Path(MARK).exists():
        Path(MARK).touch()
        os.kill(os.getpid(), signal.SIGKILL)

def touching(read, body_of):
    def wrapped(*arguments, **named):
        touch(body_of(arguments[0]))
        return read(*arguments, **named)
    return wrapped

days.verify_page = touching(days.verify_page, lambda body: body)
arxiv.read_response = touching(arxiv.read_response, lambda exchange: exchange.body)
reader.serve(wire)
"""


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Read with faults, until what this returns is called: a version of the code that is better."""
    plain = reader.PROGRAM
    reader.READER.close()
    monkeypatch.setattr(reader, "PROGRAM", f"MARK = {str(tmp_path / 'mark')!r}\n{FAULTY}")
    monkeypatch.setattr(reader, "DEADLINE_SECONDS", 2)

    def mend() -> None:
        reader.READER.close()
        monkeypatch.setattr(reader, "PROGRAM", plain)

    yield mend
    reader.READER.close()


def page(day: int, summary: str) -> Exchange:
    at = date(2025, 3, day)
    asked, url = (subject_of(SOURCE, at),), page_url("http://127.0.0.1:9", find_source(SOURCE), at)
    body = (SIX + row(day).replace("| S |", f"| {summary} |")).encode()
    assert summary.encode() in body
    return Exchange("archive", asked, 1, url, "GET", 200, {}, AT, body, None)


def feed(arxiv_id: str, body: bytes) -> Exchange:
    return Exchange("arxiv", (arxiv_id,), 1, "http://127.0.0.1:9/api/query", "GET", 200, {}, AT, body, None)


def outcomes(warehouse: Warehouse) -> dict[int, tuple[str, str | None]]:
    rows = "select listing_date, outcome, reason from fct_source_day order by all"
    found = warehouse.use(lambda connection: connection.execute(rows).fetchall())
    return {day.day: (outcome, reason) for day, outcome, reason in found}


def put_aside(warehouse: Warehouse) -> list[tuple[str, str]]:
    return [(subject, reason) for _, subject, reason, _ in warehouse.check()["nothing_put_aside"]]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("ABORT", "reading it ends the process (SIGABRT)"),
        ("HANG", "reading it takes longer than 3 s"),
        ("PANIC", "reading it fails: PanicException: index out of bounds"),
    ],
)
def test_a_body_that_cannot_be_read_costs_itself_and_is_tried_again_by_other_code(
    tmp_path: Path, faulty: Callable[[], None], fault: str, reason: str
) -> None:
    warehouse = Warehouse(tmp_path / "warehouse")
    pages = [page(4, "Fine."), page(5, fault)]
    warehouse.raw.store(*pages)
    warehouse.refresh()
    found = outcomes(warehouse)
    assert found == {4: ("published", None), 5: ("failed", f"{pages[1].url}: {reason}")}
    assert put_aside(warehouse) == [(pages[1].asked[0], reason)]
    warehouse.rebuild()  # tries again, and comes to the same
    assert outcomes(warehouse) == found
    faulty()
    warehouse.raw.store(page(10, "Fine."))
    warehouse.refresh()
    assert outcomes(warehouse)[5][0] == "failed"  # not at every run
    warehouse.private.signature.write_text("of other code")
    warehouse.refresh()
    assert outcomes(warehouse)[5] == ("published", None)
    assert put_aside(warehouse) == []


def test_a_body_is_not_to_blame_for_a_machine_that_does_other_things(tmp_path: Path, faulty: object) -> None:
    warehouse = Warehouse(tmp_path / "warehouse")
    warehouse.raw.store(page(4, "WAIT."))
    warehouse.refresh()
    assert outcomes(warehouse) == {4: ("published", None)}
    assert put_aside(warehouse) == []


def test_a_body_that_never_ends_costs_two_deadlines_among_however_many(
    tmp_path: Path, faulty: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "DEADLINE_SECONDS", 6)  # the others must be read within it, also on a busy machine
    warehouse = Warehouse(tmp_path / "warehouse")
    days = range(3, 9)
    warehouse.raw.store(*(page(day, "HANG LOOP" if day == 6 else "Fine.") for day in days))
    warehouse.refresh()
    assert {day for day, (outcome, _) in outcomes(warehouse).items() if outcome == "published"} == {*days} - {6}
    assert (tmp_path / "mark").read_text() == "HANG HANG "
    warehouse.publish()
    assert warehouse.published.exists()


@pytest.mark.parametrize("fault", ["ABORT", "HANG"])
def test_the_pages_of_a_look_stay_together_where_another_body_cannot_be_read(
    tmp_path: Path, faulty: object, fault: str
) -> None:
    warehouse = Warehouse(tmp_path / "warehouse")
    look = [look_page(number, f"2503.0000{number}") for number in range(2)]
    answers = [page(3, "Fine."), *look, page(4, fault)]
    warehouse.raw.store(
        *(replace(answer, fetched_at=AT + timedelta(seconds=after)) for after, answer in enumerate(answers))
    )
    warehouse.refresh()
    assert outcomes(warehouse)[10] == ("published", None)
    counted = "select listing_count from fct_source_day where outcome = 'published' order by listing_date"
    assert warehouse.use(lambda connection: connection.execute(counted).fetchall()) == [(1,), (2,)]


def look_page(number: int, arxiv_id: str) -> Exchange:
    """A page of one look at the list of 10 March, from 0."""
    asked, headers = subject_of("huggingface/daily-papers", date(2025, 3, 10)), {"x-look": "1", "x-page": f"{number}"}
    body = json.dumps([{"paper": {"id": arxiv_id, "title": f"Tea {number}"}}]).encode()
    return Exchange("feed", (asked,), 1, "http://127.0.0.1:9/api", "GET", 200, headers, AT, body, None)


def test_an_answer_of_arxiv_that_ends_the_process_is_a_failed_attempt(tmp_path: Path, faulty: object) -> None:
    warehouse = Warehouse(tmp_path / "warehouse")
    warehouse.raw.store(page(3, "Fine."), feed("2503.00001", b"ABORT"), feed("2503.00002", b"no feed"))
    warehouse.refresh()
    attempts = "select subject_id, outcome, http_status from enrichment_attempt order by all"
    found = warehouse.use(lambda connection: connection.execute(attempts).fetchall())
    assert found == [("2503.00001", "failed", 200), ("2503.00002", "failed", 200)]
    assert [subject for subject, _ in put_aside(warehouse)] == ["2503.00001"]
    assert outcomes(warehouse) == {3: ("published", None)}


def test_a_process_that_somebody_kills_costs_no_body(tmp_path: Path, faulty: object) -> None:
    warehouse = Warehouse(tmp_path / "warehouse")
    warehouse.raw.store(page(3, "KILLED"))
    warehouse.refresh()
    assert (tmp_path / "mark").exists()
    assert outcomes(warehouse) == {3: ("published", None)}
    assert put_aside(warehouse) == []


def test_a_run_that_is_killed_while_a_body_is_read_costs_no_body_and_leaves_no_process(
    tmp_path: Path, faulty: Callable[[], None]
) -> None:
    warehouse = Warehouse(tmp_path / "warehouse")
    warehouse.raw.store(page(3, "HANG"))
    program = (
        f"import sys; sys.path[:] = {sys.path!r}\n"
        "from pathlib import Path\n"
        "from pipeline.warehouse.folder import Warehouse\n"
        "from pipeline.warehouse.intake import reader\n"
        f"reader.PROGRAM = {reader.PROGRAM!r}\n"
        "reader.DEADLINE_SECONDS = 4\n"
        "reader.READER.start(); print(reader.READER._process.pid, flush=True)\n"
        f"Warehouse(Path({str(warehouse.folder)!r})).refresh()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        child = int(run.stdout.readline())
        wait_for((tmp_path / "mark").exists, "the body to be read")
        run.kill()
    wait_for(lambda: not is_alive(child), "the reader to end by itself")
    faulty()
    warehouse.refresh()
    assert outcomes(warehouse) == {3: ("published", None)}


def wait_for(is_so: Callable[[], bool], what: str) -> None:
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.1)
    pytest.fail(f"waited for {what}")


def is_alive(process: int) -> bool:
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_reader_that_does_not_start_blames_no_body(
    tmp_path: Path, faulty: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "PROGRAM", "raise SystemExit(3)")
    warehouse = Warehouse(tmp_path / "warehouse")
    warehouse.raw.store(page(3, "Fine."))
    with pytest.raises(WarehouseError, match=r"does not start \(exit status 3\)"):
        warehouse.refresh()


def test_a_reader_that_was_idle_starts_again(faulty: object, monkeypatch: pytest.MonkeyPatch) -> None:
    program = "from pipeline.warehouse.intake import reader; reader.IDLE_SECONDS = 0.05; reader.serve(wire)"
    monkeypatch.setattr(reader, "PROGRAM", program)
    exchanges = identify(exchanges_frame([page(3, "Fine."), page(4, "Fine.")]))
    expected = read_exchanges(exchanges)
    for _ in range(3):
        found, unread = reader.read_apart(exchanges)
        assert unread == {}
        assert all(found[table].equals(frame) for table, frame in expected.items())
        time.sleep(0.3)


def test_many_bodies_that_cannot_be_read_are_told_from_those_that_can(faulty: object) -> None:
    fatal = {3, 4, 9, 16}
    pages = [page(day, "PANIC" if day in fatal else "Fine.") for day in range(1, 18)]
    exchanges = identify(exchanges_frame(pages))
    found, unread = reader.read_apart(exchanges)
    ids = dict(zip(exchanges["exchange_id"], range(1, 18), strict=True))
    assert {ids[exchange_id] for exchange_id in unread} == fatal
    assert found["page"]["listing_date"].dt.day().to_list() == sorted(set(range(1, 18)) - fatal)
    assert found["page"]["outcome"].to_list() == ["published"] * 13


def test_frames_come_back_as_they_were_made(faulty: Callable[[], None]) -> None:
    faulty()
    exchanges = identify(exchanges_frame([page(3, "Fine."), feed("2503.00001", b"no feed")]))
    found, _ = reader.read_apart(exchanges)
    for table, frame in read_exchanges(exchanges).items():
        assert isinstance(frame, pl.DataFrame)
        assert found[table].equals(frame)


def test_the_signal_that_ended_a_process_is_named() -> None:
    assert reader.name_status(-signal.SIGSEGV) == "SIGSEGV"
    assert reader.name_status(1) == "exit status 1"


def test_a_page_that_came_twice_is_stored_once_also_where_another_body_parts_the_group(
    tmp_path: Path, faulty: object
) -> None:
    warehouse = Warehouse(tmp_path / "warehouse")
    again = replace(page(3, "Fine."), fetched_at=AT + timedelta(days=1))
    warehouse.raw.store(page(3, "Fine."), page(4, "PANIC"), page(5, "Fine."), again)
    warehouse.refresh()
    staged = "select listing_date, count(*) from staging.listing group by all order by all"
    found = warehouse.use(lambda connection: connection.execute(staged).fetchall())
    assert found == [(date(2025, 3, 3), 1), (date(2025, 3, 5), 1)]
    assert warehouse.check()["listing_grain"] == []
