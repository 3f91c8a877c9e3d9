"""arXiv as a client sees it: a stand-in that behaves like the service, and answers read as text."""

import random
import re
import tempfile
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import Asked, Clock, Loopback, Reply, cut_short, reset, serve

from pipeline.http.client import Web
from pipeline.http.exchange import ATTEMPTS, Exchange, Report, exchanges_frame
from pipeline.services.arxiv.client import fetch_papers
from pipeline.services.arxiv.ids import canonical_id
from pipeline.services.arxiv.reader import PAPERS, parse_papers

NOON = datetime(2025, 3, 31, 12, tzinfo=UTC)
BAD_ID = """<entry><id>https://arxiv.org/api/errors#incorrect_id_format_for_x</id><title>Error</title>
<summary>incorrect id format for x</summary></entry>"""


def entry(arxiv_id: str, **parts: str) -> str:
    """An entry as the service writes it; `parts` replace or add elements."""
    written = {
        "id": f"<id>http://arxiv.org/abs/{arxiv_id}v1</id>",
        "title": f"<title>On {arxiv_id}</title>",
        "updated": "<updated>2025-01-03T00:00:00Z</updated>",
        "summary": "<summary>We study it.</summary>",
        "category": '<category term="cs.AI"/>',
        "published": "<published>2025-01-02T03:04:05Z</published>",
        "primary": '<arxiv:primary_category term="cs.AI"/>',
        "author": "<author><name>Ada Example</name></author>",
        **parts,
    }
    return f"<entry>{''.join(written.values())}</entry>"


def feed(*entries: str) -> bytes:
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">
<id>https://arxiv.org/api/x</id><title>arXiv Query</title>{"".join(entries)}</feed>""".encode()


@dataclass
class Service:
    """arXiv: knows `papers`, shuffles them, calls `malformed` ids so, and does what `faults` say first."""

    papers: set[str]
    malformed: set[str] = field(default_factory=set)
    faults: deque[Reply | None] = field(default_factory=deque)  # None: answer this one well
    most_ids: int = 600
    on_mixed: int = 400  # what a batch with a malformed id ends as
    ids_asked: list[list[str]] = field(default_factory=list)

    def answer(self, asked: Asked) -> Reply:
        query = parse_qs(urlsplit(asked.path).query)
        ids = query["id_list"][0].split(",")
        self.ids_asked.append(ids)
        if self.faults and (fault := self.faults.popleft()):
            return fault
        if "atom" not in asked.headers.get("accept", "") or "requests" in asked.headers["user-agent"]:
            return Reply(406)
        if len(ids) > self.most_ids:
            return Reply(414, b"URI too long")
        if self.malformed & set(ids):
            return Reply(self.on_mixed, feed(BAD_ID) if self.on_mixed == 400 else b"oops")
        found = [entry(arxiv_id) for arxiv_id in ids if arxiv_id in self.papers]
        random.Random(len(self.ids_asked)).shuffle(found)
        return Reply(200, feed(*found[: int(query.get("max_results", ["10"])[0])]))


@dataclass
class Run:
    """One call of fetch_papers and what it left behind."""

    report: Report
    kept: list[Exchange]
    clock: Clock

    @property
    def papers(self) -> pl.DataFrame:
        return parse_papers(exchanges_frame(self.kept))[0]

    @property
    def outcomes(self) -> dict[str, str]:
        """The last outcome of each id."""
        rows = [parse_papers(exchanges_frame([exchange]))[1] for exchange in self.kept]
        return dict(pl.concat(rows).select("subject_id", "outcome").iter_rows())


@pytest.fixture(autouse=True)
def own_pace(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def fetch(
    answer: Callable[[Asked], Reply],
    ids: list[str],
    interval: float = 3,
    clock: Clock | None = None,
    control_id: str | None = None,
) -> Run:
    clock = clock or Clock()
    kept: list[Exchange] = []
    web = Web("ada@example.org", now=clock.now, sleep=clock.sleep, monotonic=clock.monotonic)
    with serve(answer) as server:
        report = fetch_papers(
            web, server.url + "/api/query", ids, interval_seconds=interval, store=kept.append, control_id=control_id
        )
    web.close()
    return Run(report, kept, clock)


def ids_upto(count: int) -> list[str]:
    return [f"2501.{number:05}" for number in range(count)]


# Asking


def test_ids_are_asked_in_batches_of_a_hundred_and_all_come_back():
    service = Service(set(ids_upto(250)))
    run = fetch(service.answer, ids_upto(250))
    assert [len(ids) for ids in service.ids_asked] == [100, 100, 50]
    assert run.report == Report(requests=3, answered=250)
    assert run.papers["arxiv_id"].to_list() == ids_upto(250)


def test_papers_are_joined_by_id_however_the_service_orders_them():
    run = fetch(Service(set(ids_upto(40))).answer, ids_upto(40))
    assert (run.papers["title"] == "On " + run.papers["arxiv_id"]).all()


def test_an_id_given_twice_is_asked_once():
    service = Service(set(ids_upto(1)))
    assert fetch(service.answer, ids_upto(1) * 3).report == Report(requests=1, answered=1)
    assert service.ids_asked == [ids_upto(1)]


def test_no_ids_are_no_request():
    assert fetch(Service(set()).answer, []).report == Report(requests=0, answered=0)


def test_an_id_that_is_not_canonical_is_deferred_unasked_and_the_rest_goes_on():
    service = Service(set(ids_upto(2)))
    run = fetch(service.answer, ["2501.00001", "2501.00001v2\n"])
    assert service.ids_asked == [["2501.00001"]]
    assert (run.report.answered, run.report.deferred) == (1, ("2501.00001v2\n",))
    assert r"'2501.00001v2\n'" in str(run.report.reason)


def test_requests_are_an_interval_apart_whatever_came_before():
    service = Service(set(ids_upto(300)))
    run = fetch(service.answer, ids_upto(300), interval=7)
    assert run.clock.waits == [7, 7]


def test_tries_are_an_interval_apart_as_well():
    service = Service(set(ids_upto(1)), faults=deque([Reply(wire=reset)]))
    run = fetch(service.answer, ids_upto(1), interval=100)
    back_off, rest = run.clock.waits
    assert back_off < 10
    assert back_off + rest == pytest.approx(100)


def test_every_answer_is_kept_before_the_next_request_goes_out():
    events: list[str] = []
    service = Service(set(ids_upto(250)), faults=deque([None, Reply(503)]))

    def answer(asked: Asked) -> Reply:
        events.append("asked")
        return service.answer(asked)

    clock = Clock()
    web = Web(now=clock.now, sleep=clock.sleep, monotonic=clock.monotonic)
    with serve(answer) as server:
        fetch_papers(web, server.url, ids_upto(250), interval_seconds=0, store=lambda exchange: events.append("kept"))
    web.close()
    assert events == ["asked", "kept"] * 4


# Absence


def test_missing_ids_of_all_batches_are_asked_once_more_together():
    known, unknown = ids_upto(200), ["2502.00001", "2502.00002"]
    service = Service(set(known))
    run = fetch(service.answer, [unknown[0], *known, unknown[1]])
    assert len(service.ids_asked) == 4
    assert set(unknown) <= set(service.ids_asked[3])
    assert {run.outcomes[arxiv_id] for arxiv_id in unknown} == {"not_found"}
    assert run.report.deferred == ()


def test_an_id_that_only_the_second_answer_has_is_found():
    first = Reply(200, feed(entry("2501.00000")))
    run = fetch(Service(set(ids_upto(2)), faults=deque([first])).answer, ids_upto(2))
    assert run.outcomes == {"2501.00000": "found", "2501.00001": "found"}


def test_a_single_id_with_nothing_to_compare_is_not_found_after_four_answers():
    run = fetch(Service(set()).answer, ["2501.00001"])
    assert [exchange.round for exchange in run.kept] == [1, 1, 1, 2]
    attempts = parse_papers(exchanges_frame(run.kept))[1]
    assert attempts["outcome"].to_list() == ["missing", "missing", "missing", "not_found"]


@pytest.mark.parametrize("empty_count", [1, 2, 3])
def test_empty_feeds_do_not_hide_a_single_id(empty_count):
    service = Service(set(ids_upto(1)), faults=deque([Reply(200, feed())] * empty_count))
    run = fetch(service.answer, ids_upto(1))
    assert run.outcomes == {"2501.00000": "found"}
    assert run.report == Report(requests=empty_count + 1, answered=1)


def test_an_empty_feed_now_and_then_is_not_absence():
    empty = Reply(200, feed())
    run = fetch(Service(set(ids_upto(5)), faults=deque([empty, empty])).answer, ids_upto(5))
    assert set(run.outcomes.values()) == {"found"}
    assert run.report.requests == 3


def test_a_service_that_only_gives_empty_feeds_leaves_everything_deferred():
    run = fetch(lambda asked: Reply(200, feed()), ids_upto(5))
    assert run.report.deferred == tuple(ids_upto(5))
    assert run.report.reason == "arXiv: an empty feed for several ids"
    assert set(run.outcomes.values()) == {"failed"}


def test_an_empty_feed_at_the_second_asking_is_not_absence_either():
    faults = deque[Reply | None]([Reply(200, feed(entry("2501.00000"))), *[Reply(200, feed())] * 3])
    run = fetch(Service(set(ids_upto(2)), faults=faults).answer, ids_upto(2))
    assert run.outcomes["2501.00001"] == "failed"
    assert run.report.deferred == ("2501.00001",)


def test_a_batch_of_nothing_but_unknown_ids_is_settled_by_asking_beside_a_known_one():
    known, unknown = ids_upto(100), ["2502.00001", "2502.00002"]
    service = Service(set(known))
    run = fetch(service.answer, known + unknown)
    assert {run.outcomes[arxiv_id] for arxiv_id in unknown} == {"not_found"}
    assert len(service.ids_asked) == 5  # a hundred, three times the two, and once more with a control id
    assert run.report.deferred == ()


def test_a_call_of_nothing_but_unknown_ids_is_settled_by_a_control_id_from_an_earlier_one():
    unknown = ["2502.00001", "2502.00002"]
    run = fetch(Service(set(ids_upto(1))).answer, unknown, control_id="2501.00000")
    assert run.outcomes == dict.fromkeys(unknown, "not_found") | {"2501.00000": "found"}
    assert run.report == Report(requests=4, answered=2)


def test_a_call_of_nothing_but_unknown_ids_without_a_control_id_stays_deferred():
    run = fetch(Service(set(ids_upto(1))).answer, ["2502.00001", "2502.00002"])
    assert run.report.deferred == ("2502.00001", "2502.00002")
    assert set(run.outcomes.values()) == {"failed"}


def test_a_control_id_that_does_not_come_back_makes_nothing_absent():
    run = fetch(lambda asked: Reply(200, feed()), ["2501.00001"], control_id="2501.00000")
    assert run.report.deferred == ("2501.00001",)
    assert "not_found" not in parse_papers(exchanges_frame(run.kept))[1]["outcome"]


def test_a_control_id_left_out_of_a_feed_that_has_others_makes_nothing_absent():
    wanted, cut = ids_upto(3), Reply(200, feed(entry("2501.00000")))
    again = Reply(200, feed(entry("2501.00001")))  # the service drops all but the first, twice
    service = Service({*wanted, "2412.00009"}, faults=deque([cut, again]))
    run = fetch(service.answer, wanted, control_id="2412.00009")
    assert service.ids_asked[1:] == [["2501.00001", "2501.00002", "2501.00000"]]
    assert run.outcomes == {"2501.00000": "missing", "2501.00001": "found", "2501.00002": "missing"}
    assert run.report.deferred == ("2501.00002",)
    assert run.report.reason == "arXiv: entries that are unreadable, or missing with nothing to prove it"


def test_a_control_id_that_is_missing_itself_vouches_for_nobody():
    run = fetch(Service(set()).answer, ["2501.00000"], control_id="2501.00000")
    assert [exchange.asked for exchange in run.kept] == [("2501.00000",)] * 4
    assert run.outcomes == {"2501.00000": "not_found"}


def test_an_entry_nobody_asked_for_is_ignored():
    run = fetch(lambda asked: Reply(200, feed(entry("2501.00000"), entry("2401.99999"))), ["2501.00000"])
    assert run.papers["arxiv_id"].to_list() == ["2501.00000"]
    assert run.outcomes == {"2501.00000": "found"}


# Bad ids and long lists


@pytest.mark.parametrize("status", [400, 500])
def test_one_bad_id_is_isolated_and_holds_nobody_up(status):
    bad = "2501.00037"
    service = Service(set(ids_upto(250)), malformed={bad}, on_mixed=status)
    run = fetch(service.answer, ids_upto(250))
    outcomes = Counter(run.outcomes.values())
    assert outcomes == {"found": 249, "rejected" if status == 400 else "failed": 1}
    assert run.outcomes[bad] != "found"
    assert run.report.deferred == (() if status == 400 else (bad,))


def test_a_bad_id_is_rejected_with_no_second_try():
    service = Service(set(), malformed={"2501.00001"})
    run = fetch(service.answer, ["2501.00001"])
    assert run.report == Report(requests=1, answered=1)
    assert run.outcomes == {"2501.00001": "rejected"}


def test_bad_ids_in_several_batches_are_all_isolated():
    bad = {"2501.00003", "2501.00150", "2501.00151"}
    run = fetch(Service(set(ids_upto(250)), malformed=bad).answer, ids_upto(250))
    assert {arxiv_id for arxiv_id, outcome in run.outcomes.items() if outcome == "rejected"} == bad
    assert run.report.answered == 250


def test_a_service_that_rejects_everything_is_not_believed_for_long():
    run = fetch(lambda asked: Reply(400, feed(BAD_ID)), ids_upto(100))
    assert Counter(run.outcomes.values())["rejected"] == 3
    assert len(run.report.deferred) == 97
    assert run.report.requests < 15


def test_a_complaint_about_something_else_rejects_no_id():
    other = BAD_ID.replace("incorrect id format for x", "start must be an integer")
    run = fetch(lambda asked: Reply(400, feed(other)), ["2501.00001"])
    assert run.outcomes == {"2501.00001": "failed"}
    assert run.report.deferred == ("2501.00001",)


def test_a_list_that_is_too_long_is_halved():
    service = Service(set(ids_upto(100)), most_ids=30)
    run = fetch(service.answer, ids_upto(100))
    assert run.report.answered == 100
    assert [len(ids) for ids in service.ids_asked] == [100, 50, 50, 25, 25, 25, 25]


# Trouble


THROTTLING = {403: 60, 406: 60, 429: 60, 502: 15, 503: 15, 504: 15}


@pytest.mark.parametrize("status", THROTTLING)
def test_a_service_that_is_throttled_from_the_start_is_waited_for_once_and_left_to_the_scheduler(status):
    run = fetch(lambda asked: Reply(status, b"Rate exceeded."), ids_upto(150), interval=0)
    assert run.clock.waits == [pytest.approx(THROTTLING[status], rel=0.11)]
    assert run.report.requests == 2
    assert run.report.deferred == tuple(ids_upto(150))
    assert run.report.reason == f"arXiv: status {status}, throttled or overloaded"
    assert run.report.until == run.clock.now() + timedelta(seconds=240)
    assert set(run.outcomes.values()) == {"failed"}


@pytest.mark.parametrize("status", THROTTLING)
def test_throttling_of_a_service_that_has_worked_is_waited_out_for_two_tries(status):
    service = Service(set(ids_upto(300)), faults=deque([None, *[Reply(status, b"Rate exceeded.")] * 9]))
    run = fetch(service.answer, ids_upto(300), interval=0)
    first, second = run.clock.waits
    assert 54 <= first <= 66
    assert 108 <= second <= 120
    assert run.report.requests == 4
    assert run.report.deferred == tuple(ids_upto(300)[100:])
    assert run.report.until == run.clock.now() + timedelta(seconds=240)


def test_what_was_answered_before_the_throttling_counts():
    service = Service(set(ids_upto(200)), faults=deque([None, *[Reply(429)] * 9]))
    run = fetch(service.answer, ids_upto(200))
    assert run.report.answered == 100
    assert run.report.deferred == tuple(ids_upto(200)[100:])


def test_a_retry_after_longer_than_our_own_wait_is_kept_to():
    faults = deque[Reply | None]([Reply(503, headers={"Retry-After": "100"})])
    run = fetch(Service(set(ids_upto(1)), faults=faults).answer, ids_upto(1), interval=0)
    assert 100 <= run.clock.waits[0] <= 120
    assert run.report.answered == 1


def test_a_retry_after_of_zero_does_not_mean_at_once():
    faults = deque([None, Reply(503, headers={"Retry-After": "0"})])
    run = fetch(Service(set(ids_upto(101)), faults=faults).answer, ids_upto(101), interval=0)
    assert run.clock.waits[0] >= 54


def test_a_retry_after_of_an_hour_ends_the_run_at_once():
    run = fetch(lambda asked: Reply(429, headers={"Retry-After": "3600"}), ids_upto(1))
    assert run.clock.waits == []
    assert run.report.until == NOON + timedelta(hours=1)


FAULTS = {
    "reset": Reply(wire=reset),
    "cut short": Reply(wire=cut_short(feed(entry("2501.00000")))),
    "HTML": Reply(200, b"<!doctype html><title>Down</title>", {"Content-Type": "text/html"}),
    "XHTML": Reply(200, b"<html><body>Down</body></html>"),
    "half a feed": Reply(200, feed(entry("2501.00000"))[:-20]),
    "no body": Reply(200, b""),
    "500": Reply(500, b"oops"),
    "empty feed": Reply(200, feed()),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_passing_fault_costs_one_more_request(fault):
    run = fetch(Service(set(ids_upto(2)), faults=deque([FAULTS[fault]])).answer, ids_upto(2))
    assert run.report == Report(requests=2, answered=2)
    assert set(run.outcomes.values()) == {"found"}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_lasting_fault_defers_everything_and_marks_nothing_absent(fault):
    run = fetch(lambda asked: FAULTS[fault], ids_upto(1500))
    assert run.report.deferred == tuple(ids_upto(1500))
    assert run.report.reason is not None
    assert run.report.until is not None
    assert set(run.outcomes.values()) == {"failed"}
    assert run.report.requests <= 30


def test_a_wrong_address_is_said_to_be_one():
    run = fetch(lambda asked: Reply(404, b"no such page"), ids_upto(1))
    assert run.report.requests == 1
    assert run.report.reason == "arXiv: unexpected status 404: check ARXIV_API_URL"


def test_failures_in_between_do_not_stop_a_run_that_gets_on():
    faults = deque([None, *[Reply(wire=reset)] * 4] * 4)
    run = fetch(Service(set(ids_upto(900)), faults=faults).answer, ids_upto(900))
    assert run.report.answered == 500
    assert len(run.report.deferred) == 400


@pytest.mark.parametrize("seed", range(8))
def test_a_storm_ends_with_the_data_of_a_calm_run(seed):
    known, unknown = ids_upto(330), [f"2502.{number:05}" for number in range(7)]
    wanted = known[:150] + unknown[:4] + known[150:] + unknown[4:]
    calm = fetch(Service(set(known)).answer, wanted, interval=0)
    service, dice, clock = Service(set(known)), random.Random(seed), Clock()
    faults = [*FAULTS.values(), Reply(429), Reply(502), Reply(503)]

    def answer(asked: Asked) -> Reply:
        return dice.choice(faults) if dice.random() < 0.3 else service.answer(asked)

    kept: list[Exchange] = []
    left, control_id = wanted, None
    for _ in range(30):
        if left:
            run = fetch(answer, left, interval=0, clock=clock, control_id=control_id)
            kept += run.kept
            left = list(run.report.deferred)
            control_id = next(iter(Run(run.report, kept, clock).papers["arxiv_id"]), None)
    assert left == []
    papers, attempts = parse_papers(exchanges_frame(kept))
    definite = attempts.filter(pl.col("outcome").is_in(["found", "not_found", "rejected"]))
    assert dict(definite.select("subject_id", "outcome").iter_rows()) == calm.outcomes
    assert definite.group_by("subject_id").agg(pl.col("outcome").n_unique())["outcome"].max() == 1
    facts = papers.select(pl.exclude("observed_at")).unique(maintain_order=True)
    assert facts.equals(calm.papers.select(pl.exclude("observed_at")).unique(maintain_order=True))


# A service that is wrong as a whole, and one that is wrong about one paper


MOST_BATCHES = 15


@pytest.mark.parametrize("batches", [1, 2, 5, MOST_BATCHES])
@pytest.mark.parametrize("fault", [*FAULTS, "400", "414", "503", "404"])
def test_a_lasting_fault_costs_few_requests_and_less_than_a_minute(fault, batches):
    others = {"400": Reply(400, feed(BAD_ID)), "414": Reply(414), "503": Reply(503), "404": Reply(404)}
    reply = FAULTS.get(fault) or others[fault]
    run = fetch(lambda asked: reply, ids_upto(100 * batches), interval=0)
    assert run.report.requests <= 1.2 * batches + 10
    assert sum(run.clock.waits) <= 60


def test_a_service_that_never_answers_is_asked_once():
    clock = Clock()

    def answer(asked: Asked) -> Reply:
        clock.seconds += 60
        return Reply(wire=reset)

    run = fetch(answer, ids_upto(1500), interval=3, clock=clock)
    assert (run.report.requests, clock.waits) == (1, [])
    assert run.report.until == clock.now() + timedelta(minutes=10)


UNWRITABLE = {
    "a form feed": "Bad \x0c ligature",
    "an ampersand": "Bad & raw",
    "a reference to no character": "Bad &#0; here",
    "a NUL": "Bad \0 here",
    "a tag that is not closed": "Bad <b here",
    "an entity of HTML": "Bad &nbsp; here",
}


@pytest.mark.parametrize("what", UNWRITABLE)
def test_what_xml_cannot_hold_costs_its_own_paper_and_no_request(what):
    bad = "2501.00007"

    def answer(asked: Asked) -> Reply:
        ids = parse_qs(urlsplit(asked.path).query)["id_list"][0].split(",")
        return Reply(200, feed(*(entry(i, title=f"<title>{UNWRITABLE[what] if i == bad else i}</title>") for i in ids)))

    run = fetch(answer, ids_upto(250), interval=0)
    assert (run.report.requests, run.report.answered, run.report.deferred) == (3, 249, (bad,))
    assert run.report.reason == "arXiv: entries that are unreadable, or missing with nothing to prove it"
    assert run.clock.waits == []
    assert run.outcomes[bad] == "failed"
    again = fetch(answer, [bad, *ids_upto(3)], interval=0)
    assert (again.report.requests, again.report.answered) == (1, 3)


def test_bytes_that_are_not_utf_8_cost_their_own_paper():
    body = feed(entry("2501.00001"), entry("2501.00002", title="<title>caf!</title>")).replace(b"caf!", b"caf\xe9")
    papers, attempts = read(exchange(body, "2501.00001", "2501.00002", "2501.00003"))
    assert [paper["arxiv_id"] for paper in papers] == ["2501.00001"]
    assert [row["outcome"] for row in attempts] == ["found", "failed", "missing"]


@pytest.mark.parametrize("round", [1, 2])
def test_beside_an_entry_that_does_not_tell_whose_it_is_nothing_is_absent(round):
    body = feed(entry("2501.00001"), entry("2501.00002", id="<id>\x0c</id>"))
    _, attempts = read(exchange(body, "2501.00001", "2501.00002", "2501.00003", round=round))
    assert [row["outcome"] for row in attempts] == ["found", "failed", "failed"]


def test_a_feed_that_always_breaks_off_at_one_paper_costs_that_paper():
    bad, service = "2501.00037", Service(set(ids_upto(250)))

    def answer(asked: Asked) -> Reply:
        reply = service.answer(asked)
        return replace(reply, body=reply.body[: reply.body.index(bad.encode())]) if bad in asked.path else reply

    run = fetch(answer, ids_upto(250), interval=0)
    assert run.report.deferred == (bad,)
    assert run.report.reason == "arXiv: a feed that is not XML"
    assert sum(run.clock.waits) <= 20


def test_progress_is_what_was_answered_and_not_what_was_asked_for():
    steps: list[int] = []
    service = Service(set(ids_upto(150)), faults=deque([None, *[Reply(404)] * 9]))
    with serve(service.answer) as server, Web() as web:
        report = fetch_papers(
            web, server.url, ids_upto(150), interval_seconds=0, store=lambda kept: None, advance=steps.append
        )
    assert sum(steps) == report.answered == 100


# Reading


def exchange(body: bytes | None, *ids: str, status: int | None = 200, round: int = 1, **changes: object) -> Exchange:
    error = "the connection was reset" if status is None else None
    fields = {"service": "arxiv", "fetched_at": NOON, **changes}
    return Exchange(
        asked=ids,
        round=round,
        url="http://x/",
        method="GET",
        status=status,
        headers={},
        body=body,
        error=error,
        **fields,
    )  # type: ignore[arg-type]


def read(*exchanges: Exchange) -> tuple[list[dict], list[dict]]:
    papers, attempts = parse_papers(exchanges_frame(exchanges))
    assert papers.schema == PAPERS
    assert attempts.schema == ATTEMPTS
    return papers.to_dicts(), attempts.to_dicts()


def read_paper(arxiv_id: str = "2501.00001", **parts: str) -> dict:
    papers, _ = read(exchange(feed(entry(arxiv_id, **parts)), arxiv_id))
    return papers[0]


def test_nothing_has_the_same_types_as_something():
    assert read() == ([], [])


def test_a_paper_has_all_its_columns():
    assert read_paper() == {
        "arxiv_id": "2501.00001",
        "version": 1,
        "title": "On 2501.00001",
        "abstract": "We study it.",
        "primary_category": "cs.AI",
        "submitted_at": datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC),
        "updated_at": datetime(2025, 1, 3, tzinfo=UTC),
        "doi": None,
        "dois": [],
        "journal_ref": None,
        "comment": None,
        "is_withdrawn": False,
        "authors": [{"name": "Ada Example", "affiliations": []}],
        "categories": ["cs.AI"],
        "observed_at": NOON,
    }


def test_the_order_of_exchanges_does_not_matter():
    exchanges = [
        exchange(feed(entry("2501.00002"), entry("2501.00001")), "2501.00001", "2501.00002", "2501.00003"),
        exchange(feed(entry("2501.00001")), "2501.00003", "2501.00001", round=2, fetched_at=NOON + timedelta(1)),
        exchange(None, "2501.00001", status=None),
    ]
    assert read(*exchanges) == read(*reversed(exchanges))


def test_exchanges_of_other_services_are_left_out():
    assert read(exchange(feed(entry("2501.00001")), "2501.00001", service="github")) == ([], [])


@pytest.mark.parametrize("status", [None, 301, 400, 403, 404, 406, 414, 429, 500, 503])
def test_a_failed_exchange_is_a_failed_attempt_for_every_id(status):
    papers, attempts = read(exchange(None if status is None else b"oops", "2501.00001", "2501.00002", status=status))
    assert papers == []
    assert [(row["outcome"], row["http_status"]) for row in attempts] == [("failed", status)] * 2


def test_absence_is_missing_at_first_and_not_found_when_asked_again():
    body = feed(entry("2501.00001"))
    for round, outcome in ((1, "missing"), (2, "not_found")):
        _, attempts = read(exchange(body, "2501.00002", "2501.00001", round=round))
        assert [row["outcome"] for row in attempts] == ["found", outcome]


def test_absence_counts_only_beside_the_last_id_asked_for_which_is_known_to_be_there():
    asked = ("2501.00001", "2501.00002", "2412.00009")
    _, attempts = read(exchange(feed(entry("2501.00001")), *asked, round=2))
    assert {row["subject_id"]: row["outcome"] for row in attempts} == {
        "2412.00009": "missing", "2501.00001": "found", "2501.00002": "missing"
    }  # fmt: skip
    _, attempts = read(exchange(feed(entry("2412.00009", published="")), *asked, round=2))
    assert [row["outcome"] for row in attempts] == ["failed", "not_found", "not_found"]


@pytest.mark.parametrize("round", [1, 2])
def test_none_of_several_is_a_failure_and_no_absence(round):
    _, attempts = read(exchange(feed(), "2501.00001", "2501.00002", round=round))
    assert [row["outcome"] for row in attempts] == ["failed", "failed"]


@pytest.mark.parametrize("status", [200, 400])
def test_an_error_entry_rejects_the_one_id_that_was_asked(status):
    _, attempts = read(exchange(feed(BAD_ID), "2501.00001", status=status))
    assert [row["outcome"] for row in attempts] == ["rejected"]


@pytest.mark.parametrize("status", [200, 400])
def test_an_error_entry_for_several_ids_rejects_none(status):
    _, attempts = read(exchange(feed(BAD_ID), "2501.00001", "2501.00002", status=status))
    assert [row["outcome"] for row in attempts] == ["failed", "failed"]


BROKEN = {
    "no published": {"published": ""},
    "no updated": {"updated": ""},
    "no title": {"title": ""},
    "an empty title": {"title": "<title> </title>"},
    "a date that is none": {"published": "<published>yesterday</published>"},
    "a date without offset": {"published": "<published>2025-01-02T03:04:05</published>"},
    "a date outside the calendar": {"updated": "<updated>0001-01-01T00:00:00+23:00</updated>"},
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_entry_is_a_failed_attempt_and_no_absence(what):
    body = feed(entry("2501.00001", **BROKEN[what]), entry("2501.00002"))
    for round in (1, 2):
        papers, attempts = read(exchange(body, "2501.00001", "2501.00002", round=round))
        assert [paper["arxiv_id"] for paper in papers] == ["2501.00002"]
        assert [row["outcome"] for row in attempts] == ["failed", "found"]


def test_a_broken_entry_is_deferred_with_a_reason():
    run = fetch(lambda asked: Reply(200, feed(entry("2501.00000", published=""))), ["2501.00000"])
    assert run.report.deferred == ("2501.00000",)
    assert run.report.reason == "arXiv: entries that are unreadable, or missing with nothing to prove it"


HOSTILE_BYTES = 2_000_000  # what takes time that grows faster than size does not come back within hours
LONG_NAME = b"u" * (HOSTILE_BYTES // 2)
HOSTILE = {
    "heads that do not end": b"<feed " * (HOSTILE_BYTES // 6),
    "heads that do not end, and an end": b"<feed " * (HOSTILE_BYTES // 6) + b"</feed>",
    "prefixes that do not end": b"<a" * (HOSTILE_BYTES // 2) + b"</feed>",
    "a long head before many entries": b"<feed a='" + LONG_NAME + b"'>" + b"<entry></entry>" * 66_000 + b"</feed>",
    "many entries": b"<feed>" + b"<entry></entry>" * (HOSTILE_BYTES // 15) + b"&</feed>",
    "a long name of a namespace": b"<a:feed xmlns:a='" + LONG_NAME + b"'>" + b"<a:e/>" * 166_000 + b"</a:feed>",
    "ids that do not end": b"<feed><entry>" + b"<id>" * (HOSTILE_BYTES // 4) + b"</feed>",
    "white space": b"<feed>" + b" " * HOSTILE_BYTES + b"&</feed>" + b" " * HOSTILE_BYTES,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_body_is_read_in_time_that_grows_with_its_size(what):
    _, attempts = read(exchange(HOSTILE[what], "2501.00001", "2501.00002"))
    assert [row["outcome"] for row in attempts] == ["failed", "failed"]


def with_prefix(body: bytes) -> bytes:
    return re.sub(rb"<(/?)(?=[a-z_]+[ >/])", rb"<\1a:", body).replace(b" xmlns=", b" xmlns:a=")


SPOILT = {
    "plain": ("{}", lambda body: body),
    "a prefix": ("{}", with_prefix),
    "a comment behind it": ("{}", lambda body: body + b"<!-- served by 7 -->"),
    "comments with entries": ("<!-- <entry> -->{}", lambda body: body),
    "an entry in CDATA": ("<![CDATA[<entry>]]>{}", lambda body: body),
}


@pytest.mark.parametrize("what", SPOILT)
def test_one_bad_entry_costs_its_own_paper_however_the_feed_is_written(what):
    bad = "2501.00007"
    pattern, write = SPOILT[what]

    def answer(asked: Asked) -> Reply:
        ids = parse_qs(urlsplit(asked.path).query)["id_list"][0].split(",")
        titles = {i: "Bad & raw" if i == bad else pattern.format(i) for i in ids}
        return Reply(200, write(feed(*(entry(i, title=f"<title>{titles[i]}</title>") for i in ids))))

    run = fetch(answer, ids_upto(250), interval=0)
    assert (run.report.answered, run.report.deferred) == (249, (bad,))
    assert run.report.requests <= 4 + 2 * 7  # a batch each, one try again, and halves
    assert sum(run.clock.waits) <= 20


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2016-12-31T24:00:00Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2016-12-31T18:59:60-05:00", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_leap_second_and_the_end_of_a_day_are_moments(written, moment):
    paper = read_paper(published=f"<published>{written}</published>", updated=f"<updated>{written}</updated>")
    assert (paper["submitted_at"], paper["updated_at"]) == (moment, moment)


def test_a_title_that_is_zero_is_a_title():
    assert read_paper(title="<title>0</title>")["title"] == "0"


def test_a_title_that_wraps_is_one_line():
    assert read_paper(title="<title>On Long\n  Titles &amp;\tMore</title>")["title"] == "On Long Titles & More"


def test_an_abstract_keeps_its_lines_and_loses_its_margins():
    abstract = read_paper(summary="<summary>  First $x &lt; y$.\n\n Second &amp;amp;. \n</summary>")["abstract"]
    assert abstract == "First $x < y$.\n\n Second &amp;."


def test_abstract_with_an_element_in_it_is_whole() -> None:
    assert read_paper(summary="<summary>Hot <i>green</i> tea</summary>")["abstract"] == "Hot green tea"
    assert read_paper(summary="<summary><p> \n </p></summary>")["abstract"] is None


def test_an_entry_without_abstract_has_none():
    assert read_paper(summary="")["abstract"] is None


@pytest.mark.parametrize("address", ["https://arxiv.org/abs/2501.00001v12", "http://arxiv.org/abs/2501.00001v12"])
def test_the_version_is_split_off_either_scheme(address):
    paper = read_paper(id=f"<id>{address}</id>")
    assert (paper["arxiv_id"], paper["version"]) == ("2501.00001", 12)


def test_an_old_id_keeps_its_archive():
    assert read_paper("quant-ph/0201082")["arxiv_id"] == "quant-ph/0201082"


def test_of_two_versions_the_newer_counts():
    newer = entry("2501.00001", id="<id>http://arxiv.org/abs/2501.00001v3</id>")
    for entries in ([newer, entry("2501.00001")], [entry("2501.00001"), newer]):
        papers, _ = read(exchange(feed(*entries), "2501.00001"))
        assert [paper["version"] for paper in papers] == [3]


def test_authors_keep_their_order_and_affiliations():
    def author(name: str, *places: str) -> str:
        affiliations = "".join(f"<arxiv:affiliation>{place}</arxiv:affiliation>" for place in places)
        return f"<author><name>{name}</name>{affiliations}</author>"

    authors = author("Zoë  Åström") + author("Ada\n Example", "A Lab", " ", "B Lab") + author(" ", "nobody")
    assert read_paper(author=authors)["authors"] == [
        {"name": "Zoë Åström", "affiliations": []},
        {"name": "Ada Example", "affiliations": ["A Lab", "B Lab"]},
    ]


def test_an_authors_name_is_one_text_however_it_is_encoded():
    names = ["Jose\u0301 A", "Jos\u00e9 A", "Ada\u200b Lee", "\u202eBo", "\u200b"]
    authors = "".join(f"<author><name>{name}</name></author>" for name in names)
    read = read_paper(author=authors)["authors"]
    assert [author["name"] for author in read] == ["Jos\u00e9 A", "Jos\u00e9 A", "Ada Lee", "Bo"]


def test_categories_are_arxivs_own_in_order_whatever_place_the_primary_has():
    terms = ["cs.LG", "68T07", "I.2.6", "cond-mat.mes-hall", "", "cs.LG", "astro-ph", "cs.AI"]
    paper = read_paper(category="".join(f'<category term="{term}"/>' for term in terms))
    assert paper["categories"] == ["cs.LG", "cond-mat.mes-hall", "astro-ph", "cs.AI"]
    assert paper["primary_category"] == "cs.AI"


def test_dois_are_all_kept_and_the_first_is_the_doi():
    paper = read_paper(dois="<arxiv:doi>10.1/b</arxiv:doi><arxiv:doi>10.1/a 10.1/b</arxiv:doi>")
    assert (paper["doi"], paper["dois"]) == ("10.1/b", ["10.1/b", "10.1/a"])


@pytest.mark.parametrize(
    ("comment", "is_withdrawn"),
    [
        ("This paper has been withdrawn by the author due to an error", True),
        ("  this submission is withdrawn", True),
        ("Withdrawn", True),
        ("We show that this paper has been withdrawn", False),
        ("9 pages; an earlier version was withdrawn", False),
        ("", False),
    ],
)
def test_a_withdrawal_is_told_by_how_the_comment_begins(comment, is_withdrawn):
    assert read_paper(comment=f"<arxiv:comment>{escape(comment)}</arxiv:comment>")["is_withdrawn"] is is_withdrawn


def test_elements_of_other_namespaces_are_not_mistaken_for_ours():
    paper = read_paper(other='<x:title xmlns:x="http://x/">Other</x:title><doi>10.1/x</doi><new>1</new>')
    assert (paper["title"], paper["doi"]) == ("On 2501.00001", None)


LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10 if i else "ha"}">' for i in range(10))
ATTACKS = {
    "entities that multiply": f"<!DOCTYPE feed [{LAUGHS}]>"
    + feed(entry("2501.00001", title="<title>&l9;</title>")).decode()[39:],
    "an entity that reads a file": '<!DOCTYPE feed [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    + feed(entry("2501.00001", title="<title>&f;</title>")).decode()[39:],
    "an outside document type": '<!DOCTYPE feed SYSTEM "http://127.0.0.1:9/x.dtd">'
    + feed(entry("2501.00001")).decode()[39:],
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_document_type_is_refused_before_it_is_read(attack, encoding):
    papers, attempts = read(exchange(ATTACKS[attack].encode(encoding), "2501.00001"))
    assert (papers, [row["outcome"] for row in attempts]) == ([], ["failed"])


def test_a_feed_nested_very_deeply_is_no_crash():
    nested = "<a>" * 200_000 + "</a>" * 200_000
    assert read_paper(title=f"<title>Deep{nested}</title>")["title"] == "Deep"


@given(st.binary(), st.sampled_from([None, 200, 400, 500]))
def test_any_bytes_are_a_failed_attempt(body, status):
    _, attempts = read(exchange(body, "2501.00001", status=status))
    assert [row["outcome"] for row in attempts] == ["failed"]


@given(st.data())
def test_a_feed_with_a_flipped_byte_is_read_or_failed_but_never_a_crash(data):
    body = bytearray(feed(entry("2501.00001"), entry("2501.00002")))
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    papers, attempts = read(exchange(bytes(body), "2501.00001", "2501.00002"))
    assert len(attempts) == 2
    assert {paper["arxiv_id"] for paper in papers} == {
        row["subject_id"] for row in attempts if row["outcome"] == "found"
    }


@given(st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Z"])))
def test_any_text_in_an_element_comes_back_squeezed(text):
    squeezed = " ".join(text.split())
    assert read_paper(comment=f"<arxiv:comment>{escape(text)}</arxiv:comment>")["comment"] == (squeezed or None)


# Ids


@pytest.mark.parametrize(
    ("text", "arxiv_id"),
    [
        ("2501.12345", "2501.12345"),
        ("2501.12345v2", "2501.12345"),
        (" arXiv:2501.12345 ", "2501.12345"),
        ("https://arxiv.org/abs/2501.12345v1", "2501.12345"),
        ("http://www.arxiv.org/pdf/2501.12345v3.pdf", "2501.12345"),
        ("0704.0001", "0704.0001"),
        ("1412.9999", "1412.9999"),
        ("quant-ph/0201082v1", "quant-ph/0201082"),
        ("math.GT/0309136", "math/0309136"),
        ("hep-th/9108028", "hep-th/9108028"),
    ],
)
def test_an_id_is_recognised_in_what_people_write(text, arxiv_id):
    assert canonical_id(text) == arxiv_id


@pytest.mark.parametrize(
    "text",
    [
        "", "abc", "2501.1234", "2501.123456", "1412.12345", "0703.0001", "2513.12345", "2500.12345", "0000.0000",
        "0112017", "quant-ph/020108", "quant-ph/0213082", "hep-th/0805001", "QUANT-PH/0201082", "2501.12345v0",
        "2501.12345,2501.12346", "2501.12345&x=1", "https://evil.example/abs/2501.12345", "２５０１.１２３４５",
        "2501.12345\n2", "../2501.12345",
    ],
)  # fmt: skip
def test_what_is_no_id_is_none(text):
    assert canonical_id(text) is None


@given(st.text())
def test_a_canonical_id_is_its_own_canonical_id(text):
    arxiv_id = canonical_id(text)
    assert arxiv_id is None or canonical_id(arxiv_id) == arxiv_id


def test_the_loopback_is_what_it_says():
    """The stand-in cuts to ten without max_results, as the service does."""
    with serve(Service(set(ids_upto(20))).answer) as server:
        assert isinstance(server, Loopback)
        web = Web()
        answer = web.send(
            "GET",
            f"{server.url}?id_list={','.join(ids_upto(20))}",
            service="arxiv",
            asked=ids_upto(20),
            headers={"Accept": "application/atom+xml"},
        )
        web.close()
    assert parse_papers(exchanges_frame([answer]))[0].height == 10
