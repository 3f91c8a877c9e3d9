"""Services that are down, slow, endless, broken or hostile: their day fails or waits, the rest goes on."""

import gzip
import resource
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from lab import ALL_DAYS, FAULTY_DAYS, IMPATIENT, Lab, Rows
from loopback import Asked, Reply, cut_short, reset, serve

from pipeline.read.query import open_published

MOST_GROWTH_KILOBYTES = 600 * 1024  # an answer is refused past its limit; a gigabyte of it would show
LONGEST_RUN_SECONDS = 240  # only what never ends is caught by this


def flood(connection: socket.socket) -> None:
    """A body of a gigabyte."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
    for _ in range(1024):
        connection.sendall(bytes(1024 * 1024))


def drip(connection: socket.socket, over: threading.Event) -> None:
    """A body that never ends, a byte at a time."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not over.wait(0.05):
        connection.sendall(b"1\r\n|\r\n")


def drip_headers(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not over.wait(0.05):
        connection.sendall(b"X-More: 1\r\n")


def say_nothing(connection: socket.socket, over: threading.Event) -> None:
    over.wait(30)


def bomb() -> bytes:
    """A gigabyte of zeros in a megabyte."""
    return gzip.compress(bytes(64 * 1024 * 1024), 9) * 16


HTML = b"<!DOCTYPE html><html><body>Sign in to the hotel's network</body></html>"


def faults(over: threading.Event) -> dict[str, Callable[[Asked, Reply], Reply]]:
    """By name, what is made of the true reply to a request."""
    plain = {"Content-Type": "text/plain; charset=utf-8"}
    return {
        "500": lambda asked, true: Reply(500, b"oops"),
        "503 without end": lambda asked, true: Reply(503, b"later", {"Retry-After": "0"}),
        "a limit": lambda asked, true: Reply(429, b"429: Too Many Requests", plain),
        "a page for people": lambda asked, true: Reply(200, HTML, {"Content-Type": "text/html"}),
        "an empty body": lambda asked, true: Reply(200, b"", plain),
        "another character set": lambda asked, true: Reply(200, true.body + "| é |".encode("latin-1"), true.headers),
        "UTF-16": lambda asked, true: Reply(200, true.body.decode().encode("utf-16"), true.headers),
        "half a body": lambda asked, true: Reply(wire=cut_short(true.body)),
        "a reset": lambda asked, true: Reply(wire=reset),
        "silence": lambda asked, true: Reply(wire=lambda connection: say_nothing(connection, over)),
        "a body without end": lambda asked, true: Reply(wire=lambda connection: drip(connection, over)),
        "headers without end": lambda asked, true: Reply(wire=lambda connection: drip_headers(connection, over)),
        "a gigabyte": lambda asked, true: Reply(wire=flood),
        "a gzip bomb": lambda asked, true: Reply(200, BOMB, {"Content-Encoding": "gzip"}),
        "a redirect loop": lambda asked, true: Reply(302, b"", {"Location": asked.path}),
        "a redirect to another host": lambda asked, true: Reply(302, b"", {"Location": "http://localhost.invalid/"}),
        "a redirect inside": lambda asked, true: Reply(302, b"", {"Location": "http://169.254.169.254/latest"}),
        "not HTTP": lambda asked, true: Reply(wire=lambda connection: connection.sendall(b"\0\xff" * 500)),
    }


BOMB = bomb()
WEEKEND = (date(2025, 3, 15), date(2025, 3, 16))
LISTED = "a limit"  # after it the host is not asked again, so that it comes alone
# At most two in a row for each source, since a host that fails three times in a row is left alone.
PAGES = [
    *[("timlrx/daily-ai-papers", date(2025, 3, day)) for day in (17, 18, 20, 21)],
    *[("gabrielchua/daily-ai-papers", date(2025, 3, day)) for day in (17, 18, 20, 21)],
]
NAMES = [name for name in faults(threading.Event()) if name != LISTED]
BATCHES = [NAMES[i : i + len(PAGES)] for i in range(0, len(NAMES), len(PAGES))]


@contextmanager
def between(lab: Lab, ordered: Mapping[str, str]) -> Iterator[dict[str, int]]:
    """Stand between the pipeline and the stand-in: what begins with a path is spoilt as ordered, the rest passed on.

    Yields how often each path was struck.
    """
    over = threading.Event()
    ways, struck = faults(over), dict.fromkeys(ordered, 0)

    def answer(asked: Asked) -> Reply:
        true, _ = lab.standin.answer(asked.method, asked.path, asked.headers, asked.body)
        reply = Reply(true.status, true.body, dict(true.headers))
        path = next((path for path in ordered if asked.path.startswith(path)), None)
        if path is None:
            return reply
        struck[path] += 1
        return ways[ordered[path]](asked, reply)

    with serve(answer) as proxy:
        calm = dict(lab.environment)
        lab.environment.update({name: value.replace(lab.standin.url, proxy.url) for name, value in calm.items()})
        try:
            yield struck
        finally:
            over.set()
            lab.environment.update(calm)


def run_in_time(lab: Lab, *days: date, plainly: bool = False) -> list[str]:
    """Run the days; returns what failed. A run that does not end by itself fails the test instead of hanging it."""
    failures: list[tuple[str, ...]] = []

    def run() -> None:
        if plainly:
            lab.run_plainly(*days)
        failures.append(() if plainly else lab.run(*days).failures)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(LONGEST_RUN_SECONDS)
    assert failures, "the run does not end, or broke off"
    return list(failures[0])


def days_of(lab: Lab) -> dict[tuple[str, date], tuple[str, int]]:
    """Outcome and listings by source and day, as readers see them."""
    with open_published(lab.warehouse.published) as connection:
        rows = connection.execute(
            "select source_id, listing_date, outcome, listing_count"
            " from fct_source_day join dim_source using (source_key)"
        ).fetchall()
    return {(source, day): (outcome, count) for source, day, outcome, count in rows}


def calm_days(calm: Mapping[str, Rows]) -> dict[tuple[object, object], tuple[object, object]]:
    """The same of a run without a fault, but for the weekend that the two ranges leave out."""
    ids = {row[0]: row[1] for row in calm["dim_source"]}
    return {(ids[row[2]], row[1]): (row[3], row[7]) for row in calm["fct_source_day"] if row[1] not in WEEKEND}


@pytest.mark.parametrize("names", BATCHES, ids=lambda names: f"{names[0]} to {names[-1]}")
def test_pages_that_do_not_come_are_failed_days_and_the_others_go_on(lab, calm, names):
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spoilt = dict(zip(PAGES, names, strict=False))
    ordered = {f"/{source}/main/archive/{day:%Y/%m/%d}.md": name for (source, day), name in spoilt.items()}
    with between(lab, ordered) as struck:
        failures = run_in_time(lab, *FAULTY_DAYS)
    for path, name in ordered.items():
        assert struck[path], (path, name)
        lab.note(f"page: {name}")
    assert all("2025-03-" in text for text in failures), failures
    expected = {key: ("failed", 0) if key in spoilt else value for key, value in calm_days(calm).items()}
    assert days_of(lab) == expected
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < MOST_GROWTH_KILOBYTES
    lab.assert_calm_run_makes_up(calm)


def test_a_host_that_limits_us_is_left_alone_and_its_days_fail(lab, calm):
    with between(lab, {"/timlrx/daily-ai-papers/main/": LISTED}) as struck:
        run_in_time(lab, *FAULTY_DAYS, plainly=True)
    assert list(struck.values()) == [1]
    lab.note("page: a limit")
    days = days_of(lab)
    assert {days["timlrx/daily-ai-papers", date(2025, 3, day)][0] for day in range(17, 22)} == {"failed"}
    assert {days["gabrielchua/daily-ai-papers", date(2025, 3, day)][0] for day in range(17, 22)} == {"published"}
    lab.assert_calm_run_makes_up(calm)


def test_a_host_that_fails_again_and_again_is_left_alone_and_its_days_fail(lab, calm):
    with between(lab, {"/timlrx/daily-ai-papers/main/": "a reset"}) as struck:
        run_in_time(lab, *FAULTY_DAYS, plainly=True)
    assert list(struck.values()) == [9]  # three pages with three tries each
    lab.note("page: a host that is down")
    days = days_of(lab)
    assert {days["timlrx/daily-ai-papers", date(2025, 3, day)][0] for day in range(17, 22)} == {"failed"}
    assert {days["gabrielchua/daily-ai-papers", date(2025, 3, day)][0] for day in range(17, 22)} == {"published"}
    lab.assert_calm_run_makes_up(calm)


ENRICHING = ("500", "half a body", "a body without end", "a gzip bomb", "a page for people", "an empty body", "UTF-16")
SERVICES = {
    "/api/query": "arXiv",
    "/dois": "DataCite",
    "/repos/": "GitHub",
    "/api/papers/": "Hugging Face",
    "/graph/v1/": "Semantic Scholar",
}


@pytest.mark.parametrize("name", ENRICHING)
def test_services_that_do_not_answer_leave_their_subjects_waiting_and_the_listings_in(lab, calm, name):
    with between(lab, {path: name for path in SERVICES}) as struck:
        # What Dagster is told of it, a Report, is the same for all of them: one goes its way.
        assert run_in_time(lab, *FAULTY_DAYS, plainly=name != ENRICHING[0]) == []
    assert all(struck.values())
    for service in SERVICES.values():
        lab.note(f"{service}: {name}")
    assert days_of(lab) == calm_days(calm)
    with open_published(lab.warehouse.published) as connection:
        for table in ("dim_paper", "dim_repository"):
            late = f"select distinct status from {table} where first_listed_date >= ?"
            assert connection.execute(late, [FAULTY_DAYS[0]]).fetchall() == [("pending",)], table
    lab.assert_calm_run_makes_up(calm)


def test_everything_down_ends_soon_with_every_day_failed_and_readers_as_they_were(lab, calm):
    before = days_of(lab)
    up = dict(lab.environment)
    nowhere = "http://127.0.0.1:9"
    lab.environment.update({name: nowhere for name in up if name.endswith("_URL")})
    waits: list[float] = []

    def impatient(contact: str | None, **given: Any):
        return IMPATIENT(contact, sleep=waits.append, **given)

    for name, value in lab.environment.items():
        lab.patch.setenv(name, value)
    failures = lab.run(*ALL_DAYS, web=impatient).failures
    assert all("2025-03-1" in text for text in failures), failures
    lab.note("everything down")
    days = days_of(lab)
    assert {key: days[key] for key in before} == before  # what was held outlives the outage
    assert {outcome for (_, day), (outcome, _) in days.items() if day >= FAULTY_DAYS[0]} == {"failed"}
    assert sum(waits) < 60  # seconds that a person would have waited
    lab.environment.update(up)
    lab.assert_calm_run_makes_up(calm)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/repos/timlrx/daily-ai-papers/tarball", "half a body"),
        ("/repos/timlrx/daily-ai-papers/git", "a page for people"),
    ],
)
def test_a_download_or_a_listing_that_breaks_is_made_up_for_page_by_page(lab, calm, path, name):
    lab.use_empty()
    with between(lab, {path: name}) as struck:
        assert run_in_time(lab, *ALL_DAYS, plainly=True) == []
    assert struck[path]
    lab.note(f"{path}: {name}")
    assert calm_days(calm).items() <= days_of(lab).items()
    lab.assert_calm_run_makes_up(calm)
