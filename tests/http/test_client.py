"""HTTP as the pipeline speaks it: against real servers on this machine."""

import gzip
import hashlib
import itertools
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import Asked, Clock, Reply, cut_short, reset, serve

from pipeline.http.client import Web
from pipeline.http.exchange import EXCHANGE, Exchange, exchanges_frame, exchanges_of
from pipeline.http.rate_limit import Pace
from pipeline.http.redirect import RedirectError, next_address
from pipeline.http.retry import Verdict, parse_retry_after, persist

ROOT = Path(__file__).parents[2]
NOON = datetime(2025, 3, 31, 12, tzinfo=UTC)


@pytest.fixture
def web() -> Iterator[Web]:
    with Web("ada@example.org") as web:
        yield web


def get(web: Web, url: str, **options: object) -> Exchange:
    return web.send("GET", url, service="archive", asked=["a/b/2025-03-31"], **options)  # type: ignore[arg-type]


def answered(exchange: Exchange) -> tuple[int | None, bytes | None, str | None]:
    return exchange.status, exchange.body, exchange.error


# What is sent and what is kept


def test_requests_name_the_program_and_the_person_who_runs_it(web):
    with serve(lambda asked: Reply(body=b"hello")) as server:
        get(web, server.url)
    agent = server.asked[0].headers["user-agent"]
    assert agent.startswith("daily-ai-papers-warehouse/")
    assert agent.endswith("(+mailto:ada@example.org)")


def test_an_answer_is_kept_as_it_came_with_the_headers_that_matter(web):
    headers = {"ETag": '"e1"', "X-RateLimit-Remaining": "59", "X-Powered-By": "steam", "Set-Cookie": "a=b"}
    with serve(lambda asked: Reply(404, b"\xff\x00 not found", headers)) as server:
        exchange = get(web, server.url + "/page?x=1")
    assert answered(exchange) == (404, b"\xff\x00 not found", None)
    assert exchange.url == server.url + "/page?x=1"
    assert exchange.headers["etag"] == '"e1"'
    assert exchange.headers["x-ratelimit-remaining"] == "59"
    assert exchange.headers.keys() <= {"etag", "x-ratelimit-remaining", "date"}


def test_json_is_posted_as_json(web):
    with serve(lambda asked: Reply()) as server:
        web.send("POST", server.url, service="github", asked=["a/b"], json={"query": "é"})
    assert json.loads(server.asked[0].body) == {"query": "é"}
    assert server.asked[0].headers["content-type"] == "application/json"


def test_not_modified_is_an_answer_with_an_empty_body(web):
    with serve(lambda asked: Reply(304, headers={"ETag": '"e1"'})) as server:
        exchange = get(web, server.url, headers={"If-None-Match": '"e1"'})
    assert answered(exchange) == (304, b"", None)
    assert server.asked[0].headers["if-none-match"] == '"e1"'


def test_cookies_are_not_sent_back(web):
    with serve(lambda asked: Reply(headers={"Set-Cookie": "session=1; Path=/"})) as server:
        get(web, server.url)
        get(web, server.url)
    assert "cookie" not in server.asked[1].headers


def test_a_netrc_gives_nothing_away(web, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with serve(lambda asked: Reply()) as server:
        get(web, server.url)
    assert "authorization" not in server.asked[0].headers


def test_a_proxy_of_the_environment_is_used(web, monkeypatch):
    with serve(lambda asked: Reply(body=b"by proxy")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert get(web, "http://papers.invalid/page").body == b"by proxy"
    assert proxy.asked[0].path == "http://papers.invalid/page"


def test_exchanges_survive_their_frame():
    exchanges = [
        Exchange("arxiv", ("a", "b"), 2, "http://x/", "GET", 200, {"etag": "1"}, NOON, b"\x00body", None),
        Exchange("github", (), 1, "http://x/", "POST", None, {}, NOON, None, "the connection was reset"),
    ]
    frame = exchanges_frame(exchanges)
    assert frame.schema == EXCHANGE
    assert list(exchanges_of(frame)) == exchanges
    assert frame["sha256"].to_list() == [hashlib.sha256(b"\x00body").hexdigest(), None]


def test_no_exchanges_have_the_same_types_as_some():
    assert exchanges_frame([]).schema == EXCHANGE


# Bodies


def test_gzip_is_undone(web):
    body = b"stars " * 100_000
    with serve(lambda asked: Reply(body=gzip.compress(body), headers={"Content-Encoding": "gzip"})) as server:
        assert get(web, server.url).body == body


def test_gzip_of_several_members_is_undone_as_a_whole(web):
    packed = gzip.compress(b"one ") + gzip.compress(b"two")
    with serve(lambda asked: Reply(body=packed, headers={"Content-Encoding": "gzip"})) as server:
        assert get(web, server.url).body == b"one two"


@pytest.mark.parametrize("zeros", [1, 8, 70_000])
def test_zeros_behind_a_gzip_are_padding(web, zeros):
    packed = gzip.compress(b"one ") + gzip.compress(b"two") + bytes(zeros)
    with serve(lambda asked: Reply(body=packed, headers={"Content-Encoding": "gzip"})) as server:
        assert get(web, server.url).body == b"one two"


def test_anything_else_behind_a_gzip_is_damage(web):
    packed = gzip.compress(b"one") + bytes(4) + b"two"
    with serve(lambda asked: Reply(body=packed, headers={"Content-Encoding": "gzip"})) as server:
        assert answered(get(web, server.url)) == (None, None, "the response's gzip is damaged")


@pytest.mark.parametrize("encoding", ["none", "None", "identity", "identity, identity", ""])
def test_an_encoding_that_is_none_leaves_the_body_as_it_is(web, encoding):
    with serve(lambda asked: Reply(body=b"hello", headers={"Content-Encoding": encoding})) as server:
        assert get(web, server.url).body == b"hello"


def test_a_gzip_bomb_ends_at_the_limit(web):
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(512)) + packer.flush()
    with serve(lambda asked: Reply(body=bomb, headers={"Content-Encoding": "gzip"})) as server:
        exchange = get(web, server.url, limit_bytes=1 << 20)
    assert answered(exchange) == (None, None, "the response is larger than 1048576 bytes")


def test_a_body_of_exactly_the_limit_is_taken_and_one_byte_more_is_not(web):
    with serve(lambda asked: Reply(body=b"12345")) as server:
        assert get(web, server.url, limit_bytes=5).body == b"12345"
        assert get(web, server.url, limit_bytes=4).error == "the response is larger than 4 bytes"


def test_damaged_gzip_is_an_error(web):
    with serve(lambda asked: Reply(body=b"no gzip at all", headers={"Content-Encoding": "gzip"})) as server:
        assert answered(get(web, server.url)) == (None, None, "the response's gzip is damaged")


def test_a_packing_that_was_not_asked_for_is_an_error(web):
    with serve(lambda asked: Reply(body=b"?", headers={"Content-Encoding": "br"})) as server:
        assert get(web, server.url).error == "the response has an encoding that was not requested"


CUT = {
    "by length": cut_short(b"0123456789"),
    "between chunks": lambda s: s.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"),
    "inside a chunk": lambda s: s.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabcde"),
    "inside gzip": lambda s: s.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzip.compress(bytes(9999))[:-9]
    ),
}


@pytest.mark.parametrize("where", CUT)
def test_a_body_that_is_cut_short_is_an_error(web, where):
    with serve(lambda asked: Reply(wire=CUT[where])) as server:
        assert answered(get(web, server.url)) == (None, None, "the response was cut short")


ODD_HEADS = {
    "early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
    "several interim ones": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 X\r\n\r\nHTTP/1.1 103 X\r\nA: b\r\n\r\n",
}


def say(*parts: bytes) -> Reply:
    return Reply(wire=lambda connection: connection.sendall(b"".join(parts)))


@pytest.mark.parametrize("what", ODD_HEADS)
def test_an_interim_response_is_not_the_answer(web, what):
    # The server closes; told so, the client does not send the second request where nobody reads it.
    head = b"HTTP/1.1 200 OK\r\nETag: e\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"
    with serve(lambda asked: say(ODD_HEADS[what], head, b"hello")) as server:
        for _ in range(2):
            exchange = get(web, server.url)
            assert (*answered(exchange), exchange.headers["etag"]) == (200, b"hello", None, "e")


def test_interim_responses_by_a_proxy_are_passed_over_too(web, monkeypatch):
    reply = say(ODD_HEADS["early hints"], b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    with serve(lambda asked: reply) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert get(web, "http://papers.invalid/page").body == b"hello"


def test_a_response_of_two_lengths_is_said_to_be_one(web):
    reply = say(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nhello")
    with serve(lambda asked: reply) as server:
        assert answered(get(web, server.url)) == (None, None, "the response names two different lengths")


# Time


def drip(head: bytes, drop: bytes):
    def wire(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(drop)
            time.sleep(0.005)

    return wire


ENDLESS = {
    "a body without end": drip(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"x"),
    "chunks without end": drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "a chunk size without end": drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    "a header without end": drip(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_an_answer_without_end_meets_the_deadline(what):
    with serve(lambda asked: Reply(wire=ENDLESS[what])) as server, Web(deadline_seconds=0.2) as web:
        exchange = get(web, server.url)
        assert answered(exchange) == (None, None, "no complete response within 0.2 s")


def test_a_body_that_met_the_deadline_is_hung_up_on():
    hung_up = threading.Event()

    def wire(connection: socket.socket) -> None:
        try:
            ENDLESS["a body without end"](connection)
        finally:
            hung_up.set()

    with serve(lambda asked: Reply(wire=wire)) as server, Web(deadline_seconds=0.2) as web:
        get(web, server.url)
        assert hung_up.wait(timeout=10)


def test_after_a_deadline_the_next_request_goes_through():
    replies = iter([Reply(wire=ENDLESS["a header without end"]), Reply(body=b"hello")])
    with serve(lambda asked: next(replies)) as server, Web(deadline_seconds=2) as web:  # busy machines answer late
        assert get(web, server.url).body is None
        assert get(web, server.url).body == b"hello"


def test_a_server_that_says_nothing_is_an_error():
    wire = Reply(wire=lambda connection: time.sleep(0.3))
    with serve(lambda asked: wire) as server, Web(read_seconds=0.05) as web:
        assert get(web, server.url).error == "no response in time"


# Errors


def test_a_connection_refused_is_an_error(web):
    with serve(lambda asked: Reply()) as server:
        pass
    assert answered(get(web, server.url)) == (None, None, "the connection was refused")


def test_a_reset_is_an_error_and_not_tried_again_behind_our_back(web):
    with serve(lambda asked: Reply(wire=reset)) as server:
        assert get(web, server.url).error == "the connection was reset"
    assert len(server.asked) == 1


def test_a_connection_closed_without_a_word_is_an_error(web):
    with serve(lambda asked: Reply(wire=lambda connection: None)) as server:
        assert get(web, server.url).error == "the connection was closed without a response"


def test_something_that_is_no_http_is_an_error(web):
    with serve(lambda asked: Reply(wire=lambda connection: connection.sendall(b"SSH-2.0-hello\r\n"))) as server:
        assert get(web, server.url).error == "the response is not HTTP"


@pytest.mark.parametrize("url", ["ftp://example.org/", "http://[::", "http://", "", "http://u:secret@127.0.0.1:9/"])
def test_an_address_that_cannot_be_used_is_an_error(web, url):
    exchange = get(web, url)
    assert exchange.status is None
    assert exchange.error is not None
    assert "secret" not in repr(exchange)


def test_a_token_with_a_line_break_is_an_error_that_does_not_show_it(web, caplog):
    caplog.set_level(logging.DEBUG)
    with serve(lambda asked: Reply()) as server:
        exchange = get(web, server.url, headers={"Authorization": "Bearer secret\r\nX-Evil: 1"})
    assert exchange.error == "the address or a header cannot be sent"
    assert "secret" not in repr(exchange) + caplog.text
    assert server.asked == []


def test_headers_of_a_stranger_are_one_printable_line(web):
    head = b'HTTP/1.1 200 OK\r\nETag: "\x1b[31m\xe9"\r\nContent-Length: 0\r\n\r\n'
    with serve(lambda asked: Reply(wire=lambda connection: connection.sendall(head))) as server:
        etag = get(web, server.url).headers["etag"]
    assert etag.isascii()
    assert etag.isprintable()


# Redirects


def redirect(location: str, status: int = 302) -> Reply:
    return Reply(status, headers={"Location": location})


TOKEN = {"Authorization": "Bearer secret"}


def test_a_redirect_on_the_same_host_is_followed_with_the_token(web):
    def answer(asked: Asked) -> Reply:
        return redirect("/new?signature=hidden", 301) if asked.path == "/old" else Reply(body=b"hello")

    with serve(answer) as server:
        exchange = get(web, server.url + "/old", headers=TOKEN)
    assert answered(exchange) == (200, b"hello", None)
    assert exchange.url == server.url + "/old"
    assert exchange.headers["x-final-url"] == server.url + "/new"
    assert server.asked[1].headers["authorization"] == "Bearer secret"


def test_a_redirect_in_circles_ends_after_five(web):
    with serve(lambda asked: redirect("/")) as server:
        assert answered(get(web, server.url)) == (None, None, "more than 5 redirects")
    assert len(server.asked) == 6


def test_a_redirect_to_another_host_is_refused_unless_it_was_named(web):
    with (
        serve(lambda asked: Reply(body=b"hello")) as other,
        serve(lambda asked: redirect(f"http://localhost:{other.port}/")) as server,
    ):
        assert get(web, server.url).error == "a redirect to another host"
        assert get(web, server.url, may_redirect_to=["localhost.example"]).error == "a redirect to another host"
        assert get(web, server.url, may_redirect_to=["localhost"]).body == b"hello"
    assert len(other.asked) == 1


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_token_does_not_travel_to_another_host_or_port(web, host):
    with (
        serve(lambda asked: Reply(body=b"hello")) as other,
        serve(lambda asked: redirect(f"http://{host}:{other.port}/", 307)) as server,
    ):
        exchange = get(web, server.url, headers=TOKEN, may_redirect_to=["localhost"])
    assert exchange.body == b"hello"
    assert server.asked[0].headers["authorization"] == "Bearer secret"
    assert "authorization" not in other.asked[0].headers


def test_the_token_does_not_come_back_to_life_on_the_way_to_a_third_host(web):
    with (
        serve(lambda asked: Reply()) as third,
        serve(lambda asked: redirect(f"http://127.0.0.1:{third.port}/")) as second,
        serve(lambda asked: redirect(f"http://localhost:{second.port}/")) as first,
    ):
        get(web, first.url, headers=TOKEN, may_redirect_to=["localhost"])
    assert "authorization" not in third.asked[0].headers


def test_a_redirected_post_is_refused(web):
    with serve(lambda asked: redirect("/elsewhere")) as server:
        exchange = web.send("POST", server.url, service="github", asked=[], json={})
    assert exchange.error == "a POST was redirected with status 302"


def test_a_redirect_without_a_location_is_an_answer(web):
    with serve(lambda asked: Reply(301, b"moved")) as server:
        assert answered(get(web, server.url)) == (301, b"moved", None)


PRIVATE = [
    "127.0.0.1",
    "10.0.0.1",
    "169.254.169.254",
    "[::1]",
    "[::ffff:10.0.0.1]",
    "[fe80::1]",
    "0.0.0.0",
    "localhost",
]


@pytest.mark.parametrize("host", PRIVATE)
def test_a_redirect_from_outside_to_a_private_address_is_refused(host):
    with pytest.raises(RedirectError, match="a private address"):
        next_address("https://8.8.8.8/", "https://8.8.8.8/", 302, "GET", f"https://{host}/", [host.strip("[]")])


def test_a_redirect_from_https_to_http_is_refused():
    with pytest.raises(RedirectError, match="from https to http"):
        next_address("https://8.8.8.8/", "https://8.8.8.8/", 302, "GET", "http://8.8.8.8/", [])


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "javascript:1", "http://[", "http://x:y/", "/a\x00b", "/a b"]
)
def test_a_redirect_to_no_address_is_refused(location):
    with pytest.raises(RedirectError):
        next_address("http://8.8.8.8", "http://8.8.8.8", 302, "GET", location, ["etc"])


@given(st.text())
def test_a_location_of_any_text_stays_on_its_host_or_is_refused(location):
    try:
        address = next_address("http://8.8.8.8/", "http://8.8.8.8/", 302, "GET", location, [])
    except RedirectError:
        return
    assert address.startswith(("http://8.8.8.8", "https://8.8.8.8"))


# Tries and waits


def exchange_of(status: int | None) -> Exchange:
    return Exchange("arxiv", ("a",), 1, "http://x/", "GET", status, {}, NOON, None, None)


def persisted(clock: Clock, verdicts: list[Verdict], jitter: float = 0.5) -> Verdict:
    left = iter(verdicts)
    _, verdict = persist(
        lambda: exchange_of(None), lambda _: next(left), sleep=clock.sleep, now=clock.now, jitter=lambda: jitter
    )
    return verdict


def test_waits_double_until_the_answer_is_good():
    clock = Clock()
    assert persisted(clock, [*[Verdict("retry", "busy", backoff_seconds=10, tries=4)] * 3, Verdict()]).kind == "ok"
    assert clock.waits == [10, 20, 40]


def test_tries_that_are_used_up_give_up_with_the_reason():
    clock = Clock()
    verdict = persisted(clock, [Verdict("retry", "busy", backoff_seconds=1, tries=3)] * 9)
    assert (verdict.kind, verdict.reason, verdict.until, len(clock.waits)) == ("give_up", "busy", None, 2)


def test_a_wait_over_two_minutes_is_not_slept_but_named():
    clock = Clock()
    verdict = persisted(clock, [Verdict("retry", "busy", wait_seconds=121)])
    assert (verdict.kind, verdict.until, clock.waits) == ("give_up", NOON + timedelta(seconds=121), [])


@pytest.mark.parametrize(("seconds", "tries"), [(29, 3), (31, 1)])
def test_a_failure_that_took_long_is_not_tried_again_at_once(seconds, tries):
    clock = Clock()
    sent: list[float] = []

    def send() -> Exchange:
        sent.append(clock.seconds)
        clock.seconds += seconds
        return exchange_of(None)

    _, verdict = persist(send, lambda _: Verdict("retry", "no response in time"), sleep=clock.sleep, now=clock.now)
    assert (len(sent), verdict.kind, verdict.reason) == (tries, "give_up", "no response in time")


@given(st.floats(0, 1), st.floats(0, 120))
def test_a_wait_is_never_shorter_than_the_service_asked_for_nor_longer_than_two_minutes(jitter, wait_seconds):
    clock = Clock()
    persisted(clock, [Verdict("retry", "busy", wait_seconds=wait_seconds, backoff_seconds=120), Verdict()], jitter)
    assert wait_seconds <= clock.waits[0] <= 120


def test_what_keeping_an_answer_raises_goes_straight_through():
    def send() -> Exchange:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        persist(send, lambda _: Verdict(), sleep=Clock().sleep, now=Clock().now)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("99999999999999999999", 86_400),
        ("Mon, 31 Mar 2025 12:01:30 GMT", 90),
        ("Mon, 31 Mar 2025 11:00:00 GMT", 0),
        ("Mon, 31 Mar 2025 12:01:30", 90),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        ("1743422490", 90),  # a Unix time
        ("1743422399", 0),
        ("1764172800", 86_400),
        ("999999999", 86_400),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text, seconds):
    assert parse_retry_after({"retry-after": text}, NOON) == seconds


@given(st.text())
def test_retry_after_of_any_text_is_nothing_or_a_wait_within_a_day(text):
    wait = parse_retry_after({"retry-after": text}, NOON)
    assert wait is None or 0 <= wait <= 86_400


# Pace


def paced(folder: Path, clock: Clock, seconds: float = 3) -> Pace:
    return Pace("export.example", seconds, now=clock.now, sleep=clock.sleep, monotonic=clock.monotonic, folder=folder)


def test_the_pause_counts_from_the_answer_not_from_the_request(tmp_path):
    clock = Clock()
    pace = paced(tmp_path, clock)
    with pace.turn():
        clock.seconds += 2  # the answer takes its time
    clock.seconds += 1
    with pace.turn():
        pass
    assert clock.waits == [2]


def test_another_client_on_this_machine_waits_as_well(tmp_path):
    clock = Clock()
    with paced(tmp_path, clock).turn():
        pass
    with paced(tmp_path, clock).turn():
        pass
    assert clock.waits == [3]


def test_a_failed_request_counts_like_any_other(tmp_path):
    clock = Clock()
    pace = paced(tmp_path, clock)
    with pytest.raises(OSError, match="broken"), pace.turn():
        raise OSError("broken")
    with pace.turn():
        pass
    assert clock.waits == [3]


@pytest.mark.parametrize("content", ["99999999999", "1e400", "nan", "-inf", "last tuesday", "\x00" * 64, "x" * 10_000])
def test_a_pace_file_with_nonsense_holds_up_for_one_interval_at_most(tmp_path, content):
    clock = Clock()
    with paced(tmp_path, clock).turn():
        pass
    next(tmp_path.glob("*.pace")).write_text(content)
    for _ in range(2):
        with paced(tmp_path, clock).turn():
            pass
    assert sum(clock.waits) <= 6
    assert clock.waits[-1] == 3


def test_a_pace_file_that_is_a_link_is_not_followed(tmp_path, caplog):
    clock = Clock()
    with paced(tmp_path, clock).turn():
        pass
    path = next(tmp_path.glob("*.pace"))
    path.unlink()
    (tmp_path / "precious").write_text("untouched")
    path.symlink_to(tmp_path / "precious")
    pace = paced(tmp_path, clock)
    for _ in range(2):
        with pace.turn():
            pass
    assert (tmp_path / "precious").read_text() == "untouched"
    assert caplog.text.count("cannot be used") == 1
    assert clock.waits == [3]  # between these two, without the file


@pytest.mark.parametrize("mode", [0o777, 0o770])
def test_a_folder_that_others_may_write_to_is_not_trusted(tmp_path, caplog, mode):
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(mode)
    with paced(folder, Clock()).turn():
        pass
    assert list(folder.iterdir()) == []
    assert "cannot be used" in caplog.text


def test_the_pace_file_is_for_its_owner_alone(tmp_path):
    with paced(tmp_path / "new", Clock()).turn():
        pass
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert next((tmp_path / "new").iterdir()).stat().st_mode & 0o777 == 0o600


CLIENT = """
import sys
from pipeline.http.client import Web
web = Web()
pace = web.pace(sys.argv[1], float(sys.argv[2]))
for _ in range(4):
    with pace.turn():
        web.send("GET", sys.argv[1], service="arxiv", asked=[])
"""


def test_two_processes_keep_one_pace_and_one_connection(tmp_path):
    interval = 0.1
    with serve(lambda asked: Reply()) as server:
        command = [sys.executable, "-c", CLIENT, server.url, str(interval)]
        environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
        clients = [subprocess.Popen(command, cwd=ROOT, env=environment) for _ in range(2)]
        assert [client.wait() for client in clients] == [0, 0]
    arrivals = [asked.arrived_at for asked in server.asked]
    assert len(arrivals) == 8
    gaps = [arrival - answer for answer, arrival in itertools.pairwise(sorted(server.answered_at + arrivals))][1::2]
    assert all(gap >= interval for gap in gaps)
