"""Which requests the guard hands on: those of the UI's own pages and of programs, and nothing that a page can send."""

import asyncio
from typing import Any

import pytest

from pipeline.ui.guard import Guard, Message, Receive, Scope, Send

OWN = {"host": "127.0.0.1:3000"}
PAGE = OWN | {"origin": "http://127.0.0.1:3000", "sec-fetch-site": "same-origin"}
JSON = {"content-type": "application/json"}
LINK = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
PROXY = "https://papers.example.org"
ELSEWHERE = """evil.example:3000|localhost.evil.example|evil.localhost:3000|localhost:3000, x|0.0.0.0:3000||[::1]x
|user@localhost|localhost/|localhost:|localhost.|127.0.0.2|localhost\x00""".replace("\n", "").split("|")
NO_JSON = """text/plain|text/plain; a=application/json|application/graphql|application/x-www-form-urlencoded|
|application/json, text/plain|application/jsonx""".replace("\n", "").split("|")


def ask(
    method: str,
    path: str,
    *headers: dict[str, str],
    origins: tuple[str, ...] = (),
    more: tuple[tuple[str, str], ...] = (),
) -> list[Message]:
    """What the guard sends for a request; the application behind it answers 200, or accepts."""
    given = [*(pair for each in headers for pair in each.items()), *more]
    scope: Scope = {
        "type": "websocket" if method == "WEBSOCKET" else "http",
        "method": method,
        "path": path,
        "headers": [(name.encode(), value.encode()) for name, value in given],
    }
    sent: list[Message] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        is_socket = _scope["type"] == "websocket"
        await send({"type": "websocket.accept"} if is_socket else {"type": "http.response.start", "status": 200})

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Guard(app, origins)(scope, receive, send))
    return sent


def status(*arguments: Any, **named: Any) -> Any:
    first = ask(*arguments, **named)[0]
    return first.get("status", first["type"])


@pytest.mark.parametrize("host", ["localhost:3000", "127.0.0.1:3000", "[::1]:3000", "LOCALHOST:8080", "localhost"])
def test_the_ui_answers_under_the_names_of_this_machine(host: str) -> None:
    assert status("GET", "/runs", {"host": host}) == 200


@pytest.mark.parametrize("host", ELSEWHERE)
def test_a_name_that_is_made_to_lead_here_is_refused(host: str) -> None:
    assert status("GET", "/", {"host": host}) == 403
    assert status("POST", "/graphql", {"host": host, "origin": f"http://{host}"}, JSON) == 403
    assert status("WEBSOCKET", "/graphql", {"host": host, "origin": f"http://{host}"}) == "websocket.close"


def test_a_request_without_a_name_or_with_two_is_refused() -> None:
    assert status("GET", "/") == 403
    assert status("GET", "/", OWN, {"host": "evil.example"}) == 403


def test_the_pages_of_the_ui_read_post_and_listen() -> None:
    assert status("GET", "/static/js/main.js", PAGE) == 200
    assert status("HEAD", "/runs", OWN) == 200
    assert status("POST", "/graphql", PAGE, {"content-type": "application/json; charset=utf-8"}) == 200
    assert status("WEBSOCKET", "/graphql", PAGE) == "websocket.accept"


def test_a_program_that_is_no_browser_may_ask() -> None:
    assert status("GET", "/server_info", OWN) == 200
    assert status("POST", "/graphql", OWN, JSON) == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://localhost:3000", "https://127.0.0.1:3000", ""]
)
def test_a_page_of_another_origin_is_refused(origin: str) -> None:
    assert status("POST", "/graphql", OWN, {"origin": origin}, JSON) == 403
    assert status("GET", "/", OWN, {"origin": origin}) == 403
    assert status("WEBSOCKET", "/graphql", OWN, {"origin": origin}) == "websocket.close"


def test_a_second_origin_does_not_hide_the_first() -> None:
    assert status("POST", "/graphql", PAGE, JSON, {"origin": "http://evil.example"}) == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "of a later version"])
@pytest.mark.parametrize("destination", ["image", "iframe", "script", "empty", "document"])
def test_another_page_loads_no_part_of_the_ui(site: str, destination: str) -> None:
    loaded = {"sec-fetch-site": site, "sec-fetch-mode": "no-cors", "sec-fetch-dest": destination}
    assert status("GET", "/favicon.png", OWN, loaded) == 403
    assert status("GET", "/graphql", OWN, loaded) == 403


def test_a_link_from_elsewhere_opens_a_page_and_does_no_more() -> None:
    assert status("GET", "/runs/0", OWN, LINK) == 200
    assert status("GET", "/graphql", OWN, LINK) == 403
    assert status("POST", "/graphql", OWN, LINK, JSON) == 403
    assert status("GET", "/runs/0", OWN, LINK | {"sec-fetch-dest": "iframe"}) == 403


@pytest.mark.parametrize("path", ["/graphql", "/graphql/", "/graphql\n", "/runs\n", "/\x00"])
def test_graphql_is_not_asked_by_get(path: str) -> None:
    assert status("GET", path, PAGE) == 403
    assert status("HEAD", path, PAGE) == 403


@pytest.mark.parametrize("kind", NO_JSON)
def test_graphql_is_posted_as_json_alone(kind: str) -> None:
    assert status("POST", "/graphql", PAGE, {"content-type": kind}) == 403
    assert status("POST", "/graphql", PAGE) == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("path", ["/report_asset_materialization/listings", "/report_asset_check/x", "/", "/graphql/"])
def test_the_doors_that_forge_events_are_closed_to_everybody(method: str, path: str) -> None:
    assert status(method, path, PAGE, JSON) == 403
    assert status(method, path, OWN, JSON) == 403


def test_no_page_of_another_origin_is_told_that_it_may_ask() -> None:
    asked = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    [start, _] = ask("OPTIONS", "/graphql", OWN, asked)
    assert start["status"] == 403
    assert not [name for name, _ in start["headers"] if name.startswith(b"access-control")]


def test_a_socket_without_an_origin_or_elsewhere_is_refused() -> None:
    assert status("WEBSOCKET", "/graphql", OWN) == "websocket.close"
    assert status("WEBSOCKET", "/other", PAGE) == "websocket.close"


def test_a_proxy_shows_the_ui_under_the_address_that_is_set() -> None:
    shown = {"host": "papers.example.org", "origin": PROXY}
    assert status("GET", "/", shown, origins=(PROXY,)) == 200
    assert status("POST", "/graphql", shown, JSON, origins=(PROXY,)) == 200
    assert status("WEBSOCKET", "/graphql", shown, origins=(PROXY,)) == "websocket.accept"
    # It may name us as it knows us.
    assert status("POST", "/graphql", OWN, {"origin": PROXY}, JSON, origins=(PROXY,)) == 200
    assert status("GET", "/", shown) == 403
    http = shown | {"origin": "http://papers.example.org"}  # whoever is between may have written that page
    assert status("POST", "/graphql", http, JSON, origins=(PROXY,)) == 403
    assert status("POST", "/graphql", OWN, JSON, {"origin": "https://evil.example"}, origins=(PROXY,)) == 403


def test_every_answer_forbids_frames() -> None:
    for answer in (ask("GET", "/", OWN), ask("GET", "/", {"host": "evil.example"})):
        assert (b"x-frame-options", b"DENY") in answer[0]["headers"]


def test_a_refusal_says_why_and_what_to_do_and_repeats_nothing() -> None:
    [start, body] = ask("GET", "/", {"host": "evil.example"})
    assert start["status"] == 403
    assert b"UI_ORIGINS" in body["body"] and b"evil" not in body["body"]


def test_a_hostile_page_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def never(*_: object) -> Any:
        raise AssertionError("reached")

    async def nothing(_: Message) -> None:
        pass

    guard = Guard(never)
    scope: Scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"evil.example")]}
    for _ in range(3):
        asyncio.run(guard(scope, never, nothing))
    assert len(caplog.records) == 1
